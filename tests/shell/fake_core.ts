/**
 * A core for the plugins' tests: a program named aws-use that answers what the test says and notes how it was called.
 * As strict as the real one: it answers only a plugin, on descriptor 3, and ends with 130 after Ctrl-C.
 */

export interface Answer {
  /** Lines on descriptor 3; `{+N}` stands for N seconds from now, as in AWS_USE_EXPIRES_AT. */
  readonly wire?: readonly string[] | string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly status?: number;
  /** Copies stdin to stdout. */
  readonly echoes?: boolean;
  /** Waits, after stderr, until Ctrl-C. */
  readonly waits?: boolean;
}

export interface Call {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly hasTerminal: boolean;
}

const program = `#!/bin/sh
trap 'exit 130' INT
[ "$AWS_USE_FD" = 3 ] || { echo "fake core: no wire" >&2; exit 99; }
case $AWS_USE_PLUGIN in zsh/[0-9]*|bash/[0-9]*|fish/[0-9]*) ;; *) echo "fake core: no plugin" >&2; exit 99 ;; esac
read -r count <"$FAKE_CORE/count"
count=$((count + 1))
echo $count >"$FAKE_CORE/count"
call=$FAKE_CORE/calls/$count
mkdir "$call"
[ $# = 0 ] || printf '%s\\0' "$@" >"$call/argv"
[ ! -t 0 ] || : >"$call/terminal"
env -0 >"$call/env"
answer=$FAKE_CORE/answers/$count
while [ ! -d "$answer" ] && [ $count -gt 1 ]; do count=$((count - 1)); answer=$FAKE_CORE/answers/$count; done
[ ! -f "$answer/stdout" ] || cat "$answer/stdout"
[ ! -f "$answer/echoes" ] || cat
if [ -f "$answer/waits" ]; then
  # Only sh's own wait loses no signal; it must be ready before the text that a test waits for.
  cat "$FAKE_CORE/never" 3>&- &
  trap "kill $!; exit 130" INT
fi
[ ! -f "$answer/stderr" ] || cat "$answer/stderr" >&2
[ ! -f "$answer/waits" ] || wait
[ ! -f "$answer/wire" ] || cat "$answer/wire" >&3
read -r status <"$answer/status"
exit "$status"
`;

/** `text` with `{+N}` and `{-N}` as seconds since 1970. */
export function atNow(text: string): string {
  return text.replace(/\{([+-]\d+)\}/g, (_, seconds) => String(Math.floor(Date.now() / 1000) + Number(seconds)));
}

/** Puts the program at `path` and its state into `folder`, which must be the program's FAKE_CORE. */
export function installFakeCore(path: string, folder: string, answers: readonly Answer[]): void {
  Deno.mkdirSync(`${folder}/calls`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/count`, "0\n");
  if (answers.some(({ waits }) => waits)) new Deno.Command("mkfifo", { args: [`${folder}/never`] }).outputSync();
  answers.forEach((answer, i) => {
    const at = `${folder}/answers/${i + 1}`;
    Deno.mkdirSync(at, { recursive: true });
    const put = (name: string, text: string | undefined) => text && Deno.writeTextFileSync(`${at}/${name}`, text);
    const { wire = [] } = answer;
    put("wire", atNow(typeof wire === "string" ? wire : wire.map((line) => `${line}\n`).join("")));
    put("stdout", answer.stdout);
    put("stderr", answer.stderr);
    put("status", `${answer.status ?? 0}\n`);
    put("echoes", answer.echoes ? "yes" : undefined);
    put("waits", answer.waits ? "yes" : undefined);
  });
  Deno.writeTextFileSync(path, program, { mode: 0o755 });
}

/** The calls so far, in order. */
export function callsOf(folder: string): readonly Call[] {
  const count = Number(Deno.readTextFileSync(`${folder}/count`));
  return Array.from({ length: count }, (_, i) => {
    const at = `${folder}/calls/${i + 1}`;
    return {
      argv: read(`${at}/argv`).split("\0").slice(0, -1),
      env: parseEnvironment(read(`${at}/env`)),
      hasTerminal: exists(`${at}/terminal`),
    };
  });
}

/** What `env -0` printed. */
export function parseEnvironment(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split("\0").filter(Boolean).map((entry) => {
      const at = entry.indexOf("=");
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

function read(path: string): string {
  return exists(path) ? Deno.readTextFileSync(path) : "";
}

function exists(path: string): boolean {
  return Deno.statSync(path.slice(0, path.lastIndexOf("/"))).isDirectory &&
    [...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].some(({ name }) => path.endsWith(`/${name}`));
}
