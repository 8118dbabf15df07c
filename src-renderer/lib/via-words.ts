import type { EngineVia } from '#contract/hosts.ts';

/** How an engine is reached, for people: what carries its requests on the last stretch. */
export const VIA_WORDS: Readonly<Record<EngineVia, string>> = {
  'stream-local': 'its socket, forwarded by sshd',
  'dial-stdio': 'docker system dial-stdio, run on the host',
  'sudo-dial-stdio': 'docker system dial-stdio, run there as root by sudo',
  tcp: 'a port on the host, through the SSH connection',
  local: 'its socket on this machine, without SSH',
};
