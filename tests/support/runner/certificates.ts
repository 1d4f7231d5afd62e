/** For npm behind a TLS proxy: Node's own list of certificates is not enough there, and Debian's is added to it. */
export function certificatesForNode(): Record<string, string> {
  return { NODE_EXTRA_CA_CERTS: Deno.env.get("NODE_EXTRA_CA_CERTS") ?? "/etc/ssl/certs/ca-certificates.crt" };
}
