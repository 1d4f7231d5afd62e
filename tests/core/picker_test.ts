import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Choice,
  matching,
  type Picker,
  type PickerKey,
  pressed,
  rendered,
  startPicker,
} from "../../src/core/picker.ts";

const choices: readonly Choice[] = [
  { name: "admin", detail: "admin in 123456789012", mark: "active" },
  { name: "prod-admin", detail: "admin in 210987654321", mark: "11h" },
  { name: "readonly", detail: "readonly in 123456789012", mark: "" },
  { name: "old prod", detail: "", mark: "" },
];
const names = (filter: string) => matching(choices, filter).map(({ name }) => name);

Deno.test("matching() wants every word somewhere in name or detail, names that begin with it first", () => {
  assert.deepEqual(names(""), ["admin", "prod-admin", "readonly", "old prod"]);
  assert.deepEqual(names("prod"), ["prod-admin", "old prod"]);
  assert.deepEqual(names("PROD admin"), ["prod-admin"]);
  assert.deepEqual(names("2109"), ["prod-admin"]);
  assert.deepEqual(names("re in"), ["readonly"]);
  assert.deepEqual(names("x"), []);
  assert.deepEqual(names("$(touch /tmp/x) .*"), []);
});

Deno.test("pressed() filters by what is typed, and moves within what is left", () => {
  const keys: readonly PickerKey[] = [{ text: "pro" }, "down", "down", "down"];
  const picker = keys.reduce((before, key) => pressed(before, key, choices, 5), startPicker);
  assert.deepEqual(picker, { filter: "pro", selected: 1 });
  assert.deepEqual(pressed(picker, { text: "d" }, choices, 5), { filter: "prod", selected: 0 });
  assert.deepEqual(pressed(picker, "backspace", choices, 5), { filter: "pr", selected: 0 });
  assert.deepEqual(pressed({ filter: "a🔑", selected: 0 }, "backspace", choices, 5), { filter: "a", selected: 0 });
  assert.deepEqual(pressed(picker, "clear", choices, 5), startPicker);
  assert.deepEqual(pressed(startPicker, "up", choices, 5).selected, 0);
  assert.deepEqual(pressed(startPicker, "pageDown", choices, 2).selected, 2);
});

Deno.test("rendered() marks the selected profile, and what is active and cached", () => {
  assert.deepEqual(rendered({ filter: "", selected: 1 }, choices, 80, 10), [
    "profile: ",
    "  admin       active  admin in 123456789012",
    "> prod-admin  11h     admin in 210987654321",
    "  readonly            readonly in 123456789012",
    "  old prod",
    "  4; type to filter, arrows, Enter; Esc leaves everything as it is",
  ]);
  assert.deepEqual(rendered({ filter: "zzz", selected: 0 }, choices, 40, 10), [
    "profile: zzz",
    "  no profile matches",
    "  0 of 4; Esc leaves",
  ]);
});

Deno.test("rendered() counts two columns for a wide character", () => {
  const [filter] = rendered({ filter: "開発🔑環境", selected: 0 }, [], 18, 5);
  assert.equal(filter, "profile: 開発🔑環");
});

Deno.test("rendered() never leaves its rows and columns, shows the selected one, and nothing that a terminal obeys", () => {
  const choice = fc.record({
    name: fc.string({ unit: "binary" }),
    detail: fc.string({ unit: "binary" }),
    mark: fc.constantFrom("", "active", "11h"),
  });
  const key = fc.oneof(
    fc.constantFrom<PickerKey>("up", "down", "pageUp", "pageDown", "backspace", "clear"),
    fc.record({ text: fc.string() }),
  );
  fc.assert(
    fc.property(
      fc.array(choice),
      fc.array(key),
      fc.integer({ min: 20, max: 120 }),
      fc.integer({ min: 3, max: 15 }),
      (all, keys, columns, rows) => {
        const picker = keys.reduce<Picker>((before, each) => pressed(before, each, all, rows - 2), startPicker);
        const lines = rendered(picker, all, columns, rows);
        assert.ok(lines.length <= rows, `${lines.length} lines on ${rows} rows`);
        for (const line of lines) {
          assert.ok([...line].length < columns, `${line} on ${columns}`);
          assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]/);
        }
        const found = matching(all, picker.filter).length;
        assert.equal(lines.filter((line) => /^>( |$)/.test(line)).length, found > 0 ? 1 : 0);
      },
    ),
  );
});
