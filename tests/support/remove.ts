/**
 * Removes a folder with all that is in it, also one into which a program that is just ending writes a last file: a shell its
 * history, tmux its socket.
 */
export async function removeFolder(path: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (attempt === 50 || !/not empty/i.test(String(error))) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}
