/** The real pcscd with the vpcd driver, in a mount namespace of its own: its socket's path is compiled in. */

const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

export interface RealPcscd {
  /** Where vpcd's first slot waits for a card. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Why the real pcscd cannot run here, or undefined when it can. */
export function whyNoPcscd(): string | undefined {
  for (const path of ["/usr/sbin/pcscd", driver]) {
    if (!isThere(path)) return `${path} is not installed`;
  }
  const namespaces = new Deno.Command("unshare", { args: [...namespaceOptions(), "true"], stderr: "null" })
    .outputSync();
  return namespaces.success ? undefined : "no mount namespace can be made";
}

/** Starts pcscd with one reader, whose name makes ykman take its card for a YubiKey; resolves when the card can connect. */
export async function startPcscd(directory: string): Promise<RealPcscd> {
  const port = freePortPair();
  await Deno.mkdir(`${directory}/run`);
  await Deno.mkdir(`${directory}/readers`);
  await Deno.writeTextFile(
    `${directory}/readers/vpcd`,
    `FRIENDLYNAME "Yubico YubiKey OTP+FIDO+CCID"\nDEVICENAME /dev/null:${port}\nLIBPATH ${driver}\nCHANNELID ${port}\n`,
  );
  // /run/pcscd need not exist outside, and cannot be made there without root: so /run is an empty one first.
  const script = 'mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1/run" /run/pcscd && ' +
    'exec pcscd --foreground --config "$1/readers"';
  const args = [...namespaceOptions(), "sh", "-c", script, "sh", directory];
  const pcscd = new Deno.Command("unshare", { args, stdout: "null", stderr: "inherit" }).spawn();
  await until(() => isThere(`${directory}/run/pcscd.comm`));
  return {
    port,
    env: { PCSCLITE_CSOCK_NAME: `${directory}/run/pcscd.comm` },
    async stop() {
      pcscd.kill("SIGTERM");
      await pcscd.status;
    },
  };
}

function namespaceOptions(): readonly string[] {
  return Deno.uid() === 0 ? ["--mount"] : ["--map-root-user", "--mount"];
}

/** vpcd has two slots, the second on the next port. */
function freePortPair(): number {
  while (true) {
    using first = Deno.listen({ hostname: "0.0.0.0", port: 0 });
    const { port } = first.addr;
    try {
      Deno.listen({ hostname: "0.0.0.0", port: port + 1 }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

async function until(isReady: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!isReady()) {
    if (Date.now() > deadlineMs) throw new Error("pcscd did not start within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
