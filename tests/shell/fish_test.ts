import type { Case } from "./case.ts";
import { contract } from "./contract.ts";
import { promptCases } from "./prompt_cases.ts";
import { testContract } from "./run_contract.ts";

testContract("fish", contract);

// As on a system without /proc, such as macOS.
testContract(
  "fish",
  promptCases.map((each): Case => ({
    ...each,
    name: `${each.name}; by the ages of folders`,
    arrange(world, family) {
      each.arrange?.(world, family);
      const text = Deno.readTextFileSync(world.plugin);
      world.plugin = `${world.folder}/aws-use.fish`;
      Deno.writeTextFileSync(world.plugin, text.replace("test -r /proc/uptime", "false"));
    },
  })),
);
