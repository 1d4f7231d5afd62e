/** All benchmarks, one after the other, so that none disturbs another: deno task bench. */
const benches = ["core.ts", "wait.ts", "shell.ts", "completion.ts"];

let ok = true;
for (const bench of benches) {
  const path = new URL(bench, import.meta.url).pathname;
  if (!(await Deno.stat(path).catch(() => null))) continue;
  console.log(`\n== ${bench.replace(".ts", "")}`);
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", path] }).spawn().status;
  ok &&= success;
}
Deno.exit(ok ? 0 : 1);
