/**
 * Other tools' hooks survive ours, and ours theirs, in every order of loading. A tool is what it does to the shell's hooks,
 * written anew from the habits of well-known ones. Each notes that it ran and which exit status it saw.
 */
import assert from "node:assert/strict";
import { type Family, promptHook, quoteWords, type Shell, shellsOf } from "./adapters.ts";
import { environmentOf, makeWorld } from "./run_contract.ts";
import { removeFolder } from "../support/remove.ts";

type Tools = Readonly<Record<string, string>>;

/** What a hook does in each language: `note NAME`, with $? untouched before it. */
const note: Readonly<Record<Family, string>> = {
  zsh: 'note() { NOTES="$NOTES $1:$?" }',
  bash: 'note() { NOTES="$NOTES $1:$?"; }',
  fish: 'function note; set -g NOTES "$NOTES $argv[1]"; end',
};

const tools: Readonly<Record<Family, Tools>> = {
  bash: {
    "a string": "PROMPT_COMMAND='note string'",
    "a string that ends in a semicolon": 'PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND; }note semicolon; "',
    "a string that ends in a comment":
      "PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\\n'}\"note comment # a remark\"",
    "an array": "(( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 501 )) || PROMPT_COMMAND+=('note array')",
    "prepends, as direnv": "direnv_hook() { local s=$?; note direnv; return $s; }; " +
      'PROMPT_COMMAND="direnv_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}"',
    "wraps, as starship": "starship_wrapped=${PROMPT_COMMAND-}; starship_precmd() { local s=$?; note starship; " +
      '(exit $s); eval "$starship_wrapped"; }; PROMPT_COMMAND=starship_precmd',
    "calls functions, as bash-preexec": "precmd_functions+=(preexec_note); " +
      'preexec_note() { note preexec; }; __bp_precmd_note() { local s=$? f; for f in "${precmd_functions[@]}"; do ' +
      '(exit $s); "$f"; done; return $s; }; PROMPT_COMMAND="__bp_precmd_note${PROMPT_COMMAND:+$\'\\n\'$PROMPT_COMMAND}"',
    "sets itself up at the first prompt, as bash-preexec up to 0.5": "precmd_functions+=(setup_note); " +
      'setup_note() { note setup; }; __bp_later() { local s=$? f; for f in "${precmd_functions[@]}"; do ' +
      '(exit $s); "$f"; done; return $s; }; __bp_install() { local rest=${PROMPT_COMMAND//__bp_install/}; ' +
      "PROMPT_COMMAND=__bp_later$'\\n'${rest%$'\\n'}; }; PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\\n'}__bp_install",
  },
  zsh: {
    "a function": "precmd() { note function }",
    "a hook": "hook_note() { note hook }; autoload -Uz add-zsh-hook; add-zsh-hook precmd hook_note",
    "prepends": "first_note() { note first }; precmd_functions=(first_note $precmd_functions)",
    "goes last at each prompt, as powerlevel10k": "last_note() { note last }; pin_last() { " +
      "precmd_functions=(${precmd_functions:#last_note} last_note) }; precmd_functions=(pin_last $precmd_functions last_note)",
  },
  fish: {
    "an event": "function event_note --on-event fish_prompt; note event; end",
    "another event": "function other_note --on-event fish_prompt; note other; end",
  },
};

const showHooks: Readonly<Record<Family, string>> = {
  zsh: `(exit 3); [[ -z \${functions[precmd]-} ]] || precmd
function { local hook; for hook in $precmd_functions; do (exit 3); "$hook"; done; }`,
  // As bash does: each element by itself, with $? as it was.
  bash: 'for command in "${PROMPT_COMMAND[@]}"; do (exit 3); eval "$command"; done',
  fish: promptHook.fish,
};

for (const shell of (["zsh", "bash", "fish"] as const).flatMap(shellsOf).filter(({ name }) => !name.includes(" "))) {
  Deno.test(`${shell.name}: other tools' hooks survive in every order of loading`, async () => {
    const names = Object.keys(tools[shell.family]);
    const pairs = names.flatMap((a) => [[a], ...names.filter((b) => b !== a).map((b) => [a, b])]);
    const world = await makeWorld(shell.family, {});
    try {
      const load = quoteWords(shell.family, ["source", world.plugin]);
      const orders = pairs.flatMap((pair) => {
        const lines = pair.map((name) => tools[shell.family][name]);
        const at = lines.map((_, i) => [...lines.slice(0, i), load, ...lines.slice(i)]);
        return [{ pair, lines, withUs: [...at, [...lines, load]] }];
      });
      for (const { pair, lines, withUs } of orders) {
        const without = await notes(shell, world, lines);
        for (const order of withUs) {
          const seen = await notes(shell, world, order);
          const place = order.indexOf(load) + 1;
          // One tool alone must also see the same status; of two, the second may see that of the first.
          const told = (notes: readonly string[]) =>
            pair.length === 1 ? notes : notes.map((note) => note.split(":")[0]);
          const lost = told(without.notes).filter((note) => !told(seen.notes).includes(note));
          assert.deepEqual(lost, [], `${pair.join(", ")}; aws-use loaded at place ${place}`);
          if (isOverwritten(shell.family, pair, place)) continue;
          assert.equal(seen.prompt, "admin", `our own hook ran: ${pair.join(", ")}; aws-use loaded at place ${place}`);
        }
      }
    } finally {
      await removeFolder(world.folder);
    }
  });
}

/** An assignment of the whole variable after us is the person's own wish. */
function isOverwritten(family: Family, pair: readonly string[], place: number): boolean {
  return family === "bash" && pair.slice(place - 1).includes("a string");
}

/** What the tools noted at two prompts, sorted, and what our own hook made of an active profile. */
async function notes(shell: Shell, world: Awaited<ReturnType<typeof makeWorld>>, lines: readonly string[]) {
  const show = shell.family === "fish" ? 'echo "$AWS_USE_PROMPT/$NOTES"' : 'echo "${AWS_USE_PROMPT-}/${NOTES-}"';
  const script = [note[shell.family], ...lines, showHooks[shell.family], showHooks[shell.family], show, ""].join("\n");
  Deno.writeTextFileSync(`${world.folder}/script`, script);
  const { stdout } = await new Deno.Command(shell.program, {
    args: [...shell.flags, "-i", `${world.folder}/script`],
    clearEnv: true,
    env: { ...environmentOf(world), AWS_USE_PROFILE: "admin" },
    cwd: world.folder,
    stdin: "null",
    stderr: "null",
  }).output();
  const [prompt, noted] = new TextDecoder().decode(stdout).trimEnd().split("/");
  assert.ok(noted !== undefined, "the script came to its end");
  return { prompt, notes: noted.trim().split(" ").sort() };
}
