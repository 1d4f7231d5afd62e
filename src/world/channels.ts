/** Streams that must be opened while the program still may: the controlling terminal and the plugin's descriptor. */

export interface Channels {
  /** The controlling terminal, where the person is reached although stdin or stderr is none. */
  readonly terminal: Deno.FsFile | null;
  /** Where the shell plugin reads its lines; null where none listens. */
  readonly wire: Deno.FsFile | null;
}

/** Opens what there is; a missing terminal is no error. The descriptor is the one that AWS_USE_FD names. */
export function openChannels(speaks: boolean): Channels {
  const descriptor = Deno.env.get("AWS_USE_FD") ?? "";
  const wants = speaks && !(Deno.stdin.isTerminal() && Deno.stderr.isTerminal());
  return {
    terminal: wants ? open("/dev/tty", { read: true, write: true }) : null,
    // A pipe has no path of its own; Linux and macOS both reopen it under this name.
    wire: /^[3-9]$/.test(descriptor) ? open(`/dev/fd/${descriptor}`, { write: true }) : null,
  };
}

function open(path: string, options: Deno.OpenOptions): Deno.FsFile | null {
  try {
    return Deno.openSync(path, options);
  } catch {
    return null;
  }
}
