/** moto, an AWS that somebody else has written: what our emulator gets wrong in the same way as we do, it does not. */

export interface Moto extends AsyncDisposable {
  readonly url: string;
}

const program = Deno.env.get("AWS_USE_TEST_MOTO") ?? "moto_server";

export async function hasMoto(): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["--help"], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** Starts moto on a free port and waits until it answers. */
export async function startMoto(): Promise<Moto> {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr as Deno.NetAddr;
  probe.close();
  const child = new Deno.Command(program, {
    args: ["-H", "127.0.0.1", "-p", String(port)],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // It says where it runs once it does.
  const decoder = new TextDecoder();
  let said = "";
  const reader = child.stderr.getReader();
  while (!/Running on/.test(said)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`moto ended: ${said}`);
    said += decoder.decode(value, { stream: true });
  }
  const draining = (async () => {
    while (!(await reader.read()).done);
  })();
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await draining;
    },
  };
}
