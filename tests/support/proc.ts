/** The processes of this machine, as /proc tells them (Linux). */

export interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Every process that may be looked at; those that end meanwhile are left out. */
export function processes(): readonly Process[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(({ name }) => {
    try {
      const variables = read(`/proc/${name}/environ`).filter((pair) => pair.includes("=")).map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at), pair.slice(at + 1)];
      });
      return [{ pid: Number(name), argv: read(`/proc/${name}/cmdline`), environment: Object.fromEntries(variables) }];
    } catch {
      return [];
    }
  });
}

/** Those that live in the home of one bench; with `program`, those in whose arguments it is named. */
export function processesOf(home: string, program = ""): readonly Process[] {
  return processes().filter(({ argv, environment }) =>
    environment.HOME === home && argv.some((word) => word.endsWith(program))
  );
}

/** Resolves once `done` holds; fails with `what` after `limitMs`. For what tells nobody when it happens. */
export async function until(what: string, done: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  while (!await done()) {
    if (Date.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function read(path: string): readonly string[] {
  return Deno.readTextFileSync(path).split("\0").slice(0, -1);
}

/** What `child` has said on stderr once `text` is in it, for a child whose output nobody reads otherwise. */
export async function untilSaid(child: Deno.ChildProcess, text: string): Promise<string> {
  await child.stdout.cancel();
  let said = "";
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.includes(text)) return said;
  }
  throw new Error(`${JSON.stringify(text)} was never said, but: ${said}`);
}
