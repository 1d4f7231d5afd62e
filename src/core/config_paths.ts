/** Where the two AWS files are. */

/**
 * Where botocore looks for the two files, with `$NAME`, `${NAME}` and a leading `~` replaced. `home` serves where HOME
 * is not set. A variable that is set but empty names no file, and the path is then empty.
 * Source: <https://docs.python.org/3/library/os.path.html#os.path.expandvars>
 */
export function configPaths(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): { readonly configPath: string; readonly credentialsPath: string } {
  const expand = (path: string) =>
    path
      .replace(/\$(?:(\w+)|\{([^}]*)\})/g, (whole, plain, braced) => environment[plain ?? braced] ?? whole)
      .replace(/^~(?=\/|$)/, (environment.HOME ?? home).replace(/\/+$/, ""));
  return {
    configPath: expand(environment.AWS_CONFIG_FILE ?? "~/.aws/config"),
    credentialsPath: expand(environment.AWS_SHARED_CREDENTIALS_FILE ?? "~/.aws/credentials"),
  };
}
