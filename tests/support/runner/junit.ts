/** What Deno's JUnit report tells of one test file. */

export interface Counts {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/**
 * The tests and steps in a report. A test that failed only because a step of it did is not counted besides that step.
 * Source of the shape: `deno test --junit-path`, Deno 2.7.
 */
export function readJunit(xml: string): Counts {
  const cases = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)]
    .map(([, name, content = ""]) => ({ name: unescaped(name), content }))
    .filter(({ content }) => !/<failure message="\d+ test steps? failed/.test(content));
  const named = (wanted: RegExp) => cases.filter(({ content }) => wanted.test(content)).map(({ name }) => name);
  const failed = named(/<(failure|error)\b/);
  const skipped = named(/<skipped\b/);
  return { passed: cases.length - failed.length - skipped.length, failed, skipped };
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(\w+);/g, (whole, name) => entities[name] ?? whole)
    .replace(/&#(x?)([0-9a-fA-F]+);/g, (_, x, digits) => String.fromCodePoint(parseInt(digits, x ? 16 : 10)));
}
