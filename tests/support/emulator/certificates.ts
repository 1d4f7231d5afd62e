/** PEM texts of a certificate authority and a server certificate that it signed. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * A new CA and a leaf for localhost, 127.0.0.1 and `names`, made with the openssl command, valid for two days. Two
 * certificates, because Deno's TLS refuses one that is CA and server at once (`CaUsedAsEndEntity`).
 */
export async function makeCertificates(names: readonly string[] = []): Promise<Certificates> {
  const directory = await Deno.makeTempDir({ prefix: "aws-use-certificates-" });
  const path = (name: string) => `${directory}/${name}`;
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  try {
    const extensions = [
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=serverAuth",
      `subjectAltName=${["IP:127.0.0.1", "DNS:localhost", ...names.map((name) => `DNS:${name}`)].join(",")}`,
    ];
    await Deno.writeTextFile(path("leaf.cnf"), extensions.join("\n"));
    const caExtensions = ["-addext", "keyUsage=critical,keyCertSign"];
    await openssl(
      "req",
      "-x509",
      ...newKey,
      ...caExtensions,
      "-keyout",
      path("ca.key"),
      "-out",
      path("ca.pem"),
      "-days",
      "2",
      "-subj",
      "/CN=aws-use test CA",
    );
    await openssl("req", ...newKey, "-keyout", path("leaf.key"), "-out", path("leaf.csr"), "-subj", "/CN=localhost");
    await openssl(
      "x509",
      "-req",
      "-in",
      path("leaf.csr"),
      "-CA",
      path("ca.pem"),
      "-CAkey",
      path("ca.key"),
      "-set_serial",
      "2",
      "-days",
      "2",
      "-extfile",
      path("leaf.cnf"),
      "-out",
      path("leaf.pem"),
    );
    const [ca, cert, key] = await Promise.all(
      ["ca.pem", "leaf.pem", "leaf.key"].map((name) => Deno.readTextFile(path(name))),
    );
    return { ca, cert, key };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  })
    .output();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}
