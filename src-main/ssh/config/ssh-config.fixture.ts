import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { parseTarget, type SshTarget } from '../target.ts';
import { createSshConfig, type SshConfigOptions } from './ssh-config.ts';

/** For tests: files by their path below a made-up home, such as `.ssh/config`; `system` is the folder of the machine's. */
export type ConfigTexts = Readonly<Record<string, string>>;

export interface ConfigHome {
  readonly path: string;
  readonly options: SshConfigOptions;
}

/** A home with these files, which are its owner's alone, for as long as `work` takes. */
export async function withConfig<T>(texts: ConfigTexts, work: (home: ConfigHome) => Promise<T>): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-ssh-config-'));
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text, { mode: 0o600 });
  }
  return await work({
    path: folder.path,
    options: {
      userFile: join(folder.path, '.ssh/config'),
      systemFile: join(folder.path, 'system/ssh_config'),
      homeDir: folder.path,
      defaultUser: 'me',
      agentSocket: '/run/agent.sock',
      environment: { KEYS: '/srv/keys', AGENT: '/run/other.sock', HERE: folder.path },
    },
  });
}

export function sshTarget(text: string): SshTarget {
  const target = parseTarget(text);
  if (target.kind === 'ssh') return target;
  throw new Error(`${text} is not reached over SSH`);
}

/** The way to `target`; paths of the home are shown as `~`. What it was refused with stands in its place. */
export async function routeOf(texts: ConfigTexts, target: string, identityFiles: readonly string[] | null = null) {
  return await withConfig(texts, async ({ path, options }) => {
    try {
      const route = await createSshConfig(options).route(sshTarget(target), { identityFiles });
      return JSON.parse(JSON.stringify(route).replaceAll(path, '~')) as typeof route;
    } catch (error) {
      if (error instanceof AppError) return { code: error.code, message: error.message, hint: error.hint };
      throw error;
    }
  });
}
