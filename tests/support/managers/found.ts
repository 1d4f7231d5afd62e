/**
 * The plugin managers and prompts of other people that tests run against. Those that a package registry has are named by the
 * test run or lie where Debian puts them; those that none has are found in the folder AWS_USE_TEST_MANAGERS, each under the
 * name of its repository.
 */

/** Environment variable and usual path of each that is not looked up in AWS_USE_TEST_MANAGERS. */
const places: Readonly<Record<string, { readonly variable: string; readonly usual?: string }>> = {
  zplug: { variable: "AWS_USE_TEST_ZPLUG", usual: "/usr/share/zplug/init.zsh" },
  antigen: { variable: "AWS_USE_TEST_ANTIGEN", usual: "/usr/share/zsh-antigen/antigen.zsh" },
  "bash-completion": {
    variable: "AWS_USE_TEST_BASH_COMPLETION",
    usual: "/usr/share/bash-completion/bash_completion",
  },
  pure: { variable: "AWS_USE_TEST_PURE" },
  spaceship: { variable: "AWS_USE_TEST_SPACESHIP" },
  starship: { variable: "AWS_USE_TEST_STARSHIP" },
  "oh-my-posh": { variable: "AWS_USE_TEST_OH_MY_POSH" },
};

/** The path of a tool: the file to source or the program of those above, else its folder; undefined where there is none. */
export function findTool(name: string): string | undefined {
  const place = places[name];
  if (place !== undefined) {
    const path = Deno.env.get(place.variable) || place.usual || onPath(name);
    return path !== undefined && exists(path) ? path : undefined;
  }
  const folder = Deno.env.get("AWS_USE_TEST_MANAGERS");
  const path = `${folder}/${name}`;
  return folder && exists(path) ? path : undefined;
}

/** How a person makes findTool() find the tool: part of the name of a skipped test. */
export function wayTo(name: string): string {
  const place = places[name];
  if (place === undefined) return `no ${name} in the folder AWS_USE_TEST_MANAGERS`;
  return `no ${name}: set ${place.variable}`;
}

/** Those that the test run brings. The others are in no package registry, or take minutes to build. */
const brought = ["zplug", "antigen", "bash-completion", "pure", "spaceship"];

/**
 * The scenes that are tried here. One whose tool only a person can bring is left out where it is missing, and the run says
 * so; one whose tool the run should have brought stays, to be skipped by name.
 */
export function tried<Scene extends { readonly tool?: string }>(scenes: readonly Scene[]): readonly Scene[] {
  const isLeftOut = ({ tool }: Scene) => tool !== undefined && !brought.includes(tool) && findTool(tool) === undefined;
  for (const tool of new Set(scenes.filter(isLeftOut).map(({ tool }) => tool!))) {
    console.log(`not tried: ${wayTo(tool)}`);
  }
  return scenes.filter((scene) => !isLeftOut(scene));
}

function onPath(program: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.map((folder) => `${folder}/${program}`).find(exists);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
