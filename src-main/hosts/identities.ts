import { constants, type Dirent } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import path from 'node:path';
import type { Identities } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { listIdentities } from '../ssh/login/agent.ts';

interface IdentityPlaces {
  /** Whose `.ssh` is looked into. */
  readonly homeDir: string;
  /** Socket of the ssh-agent; null: none. */
  readonly agentSocket: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What can be chosen from to log in with. Keys are told by how their files begin; none is read further. */
export async function findIdentities({ homeDir, agentSocket, ...waiting }: IdentityPlaces): Promise<Identities> {
  const [agent, files] = await Promise.all([
    agentSocket === null ? false : answers(agentSocket, waiting),
    privateKeysIn(path.join(homeDir, '.ssh')),
  ]);
  return { agent, files };
}

/** `~/key` as the whole path it stands for; anything else as it is. */
export function wholePath(file: string, homeDir: string): string {
  return /^~[/\\]/.test(file) ? path.join(homeDir, file.slice(2)) : file;
}

async function answers(agentSocket: string, waiting: Pick<IdentityPlaces, 'clock' | 'signal'>): Promise<boolean> {
  try {
    await listIdentities(agentSocket, waiting);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'AGENT_UNREACHABLE') return false;
    throw error;
  }
}

async function privateKeysIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    let seen = 0;
    for await (const entry of await opendir(folder)) {
      if (mayBeKey(entry)) names.push(entry.name);
      seen += 1;
      if (seen >= limits.hosts.identityEntries) break;
    }
  } catch {
    // Not there, or not to be read: there is nothing to choose from, and a path can still be typed.
  }
  const files = names.sort().map((name) => path.join(folder, name));
  const keys: string[] = [];
  for (const file of files) {
    if (keys.length >= limits.hosts.identities) break;
    if (await beginsAsPrivateKey(file)) keys.push(file);
  }
  return keys;
}

function mayBeKey(entry: Dirent): boolean {
  return (entry.isFile() || entry.isSymbolicLink()) && !entry.name.endsWith('.pub') && !/\p{Cc}/u.test(entry.name);
}

async function beginsAsPrivateKey(file: string): Promise<boolean> {
  try {
    // Without O_NONBLOCK, opening a FIFO behind a link would wait for its writer. Windows has neither.
    await using handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await handle.stat()).isFile()) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return PRIVATE_KEY.test(buffer.toString('latin1', 0, bytesRead));
  } catch {
    return false;
  }
}

const HEAD_BYTES = 64;
/** OpenSSH's own form, PKCS#1, SEC 1, PKCS#8 and its encrypted form. DSA keys open no door any more. */
const PRIVATE_KEY = /^\s*-----BEGIN (?:OPENSSH |RSA |EC |ENCRYPTED )?PRIVATE KEY-----/;
