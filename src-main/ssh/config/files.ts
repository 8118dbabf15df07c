import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { systemCode } from '../errors.ts';
import { type ConfigPlace, configBroken, configUnsupported, shownFile, shownWord } from './errors.ts';
import { variableOf } from './expand.ts';
import { globFiles } from './glob.ts';
import { type Block, type BodyLine, parseConfig } from './lines.ts';

/** A file of ssh_config with all that it includes, in the order in which OpenSSH comes to it. */
export interface LoadedConfig {
  readonly blocks: readonly LoadedBlock[];
}

interface LoadedBlock extends Omit<Block, 'body'> {
  readonly body: readonly LoadedLine[];
}

type LoadedLine =
  | Exclude<BodyLine, { kind: 'include' }>
  | {
      readonly kind: 'include';
      readonly place: ConfigPlace;
      readonly files: readonly LoadedConfig[];
      /** Its path cannot be told without knowing the host, or a variable that is not there: it is left out and named. */
      readonly leftOut: boolean;
    };

export interface ConfigFiles {
  /** null: there is none. */
  readonly userFile: string | null;
  readonly systemFile: string | null;
  /** What `~` stands for; what a user's file includes is looked for in its `.ssh`. */
  readonly homeDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads the operator's file and then the machine's, which is the order in which they count. One that is not there is
 * empty.
 * @throws AppError SSH_CONFIG_BROKEN: a line OpenSSH would stop at, a file that is there and cannot be read, that others may
 *   write, or beyond the limits; SSH_CONFIG_UNSUPPORTED
 */
export async function loadConfig(files: ConfigFiles): Promise<readonly LoadedConfig[]> {
  const load = new Loading(files);
  const found: LoadedConfig[] = [];
  if (files.userFile !== null) found.push(await load.file(files.userFile, { isUser: true, from: null, depth: 0 }));
  if (files.systemFile !== null) found.push(await load.file(files.systemFile, { isUser: false, from: null, depth: 0 }));
  return found;
}

interface Coming {
  readonly isUser: boolean;
  /** The line that includes it; null: none does. */
  readonly from: ConfigPlace | null;
  readonly depth: number;
}

class Loading {
  readonly #options: ConfigFiles;
  #files = 0;
  #lines = 0;

  constructor(options: ConfigFiles) {
    this.#options = options;
  }

  async file(file: string, coming: Coming): Promise<LoadedConfig> {
    const shown = shownFile(file, this.#options.homeDir);
    const place = { file: shown, line: null };
    this.#files += 1;
    if (coming.depth > limits.ssh.configDepth)
      throw configBroken(coming.from ?? place, 'includes files too deep', BOUND);
    if (this.#files > limits.ssh.configFiles)
      throw configBroken(coming.from ?? place, 'includes too many files', BOUND);
    const text = await readConfigFile(file, place, coming);
    this.#lines += text.split('\n').length;
    if (this.#lines > limits.ssh.configLines) throw configBroken(place, 'makes it too many lines in all', BOUND);
    const blocks: LoadedBlock[] = [];
    for (const block of parseConfig(text, shown)) {
      const body: LoadedLine[] = [];
      for (const line of block.body) body.push(line.kind === 'include' ? await this.#include(line, coming) : line);
      blocks.push({ ...block, body });
    }
    return { blocks };
  }

  async #include(
    { place, paths }: Extract<BodyLine, { kind: 'include' }>,
    { isUser, depth }: Coming,
  ): Promise<Extract<LoadedLine, { kind: 'include' }>> {
    const files: LoadedConfig[] = [];
    let leftOut = false;
    for (const written of paths) {
      const pattern = this.#pattern(written, isUser, place);
      if (pattern === null) {
        leftOut = true;
        continue;
      }
      for (const file of await this.#matching(pattern, place)) {
        files.push(await this.file(file, { isUser, from: place, depth: depth + 1 }));
      }
    }
    return { kind: 'include', place, files, leftOut };
  }

  async #matching(pattern: string, place: ConfigPlace): Promise<readonly string[]> {
    try {
      return await globFiles(pattern, limits.ssh.configFiles + 1);
    } catch (cause) {
      throw configBroken(place, 'includes a folder that cannot be read', undefined, cause);
    }
  }

  /** From the root; null where it cannot be told. OpenSSH expands since 9.9 what it took as it stood before. */
  #pattern(written: string, isUser: boolean, place: ConfigPlace): string | null {
    const { homeDir, systemFile } = this.#options;
    let untold = /%/.test(written);
    const text = written.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      const value = variableOf(this.#options, name);
      untold ||= value === null;
      return value ?? '';
    });
    if (untold) return null;
    if (text.startsWith('~')) {
      if (!isUser) throw configBroken(place, 'includes a file below ~, which only a user’s own file may');
      if (text === '~' || text.startsWith('~/')) return homeDir + text.slice(1);
      throw configUnsupported(
        place,
        `includes a file of another user (${shownWord(text.split('/')[0] ?? '')})`,
        'Write its path from the root.',
      );
    }
    if (path.isAbsolute(text)) return text;
    return path.join(isUser ? path.join(homeDir, '.ssh') : path.dirname(systemFile ?? '/etc/ssh/ssh_config'), text);
  }
}

async function readConfigFile(file: string, place: ConfigPlace, { isUser, from }: Coming): Promise<string> {
  try {
    // Without O_NONBLOCK the opening of a named pipe waits for its writer, for ever.
    await using handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    // What OpenSSH finds in a folder that a pattern stands for is nothing; so it is in /dev/null.
    if ((from !== null && stats.isDirectory()) || stats.isCharacterDevice()) return '';
    if (!stats.isFile()) throw configBroken(place, 'is not a file');
    if ((isUser || from !== null) && isOthers(stats)) {
      throw configBroken(
        place,
        'may be written by others, who could lead you to another machine',
        'OpenSSH refuses such a file too. chmod go-w makes it yours alone.',
      );
    }
    const bytes = await readBounded(handle);
    if (bytes === null) throw configBroken(place, 'is too large', BOUND);
    if (bytes.includes(0)) throw configBroken(place, 'is not a text', 'Save it as UTF-8.');
    return bytes.toString('utf8');
  } catch (cause) {
    const code = systemCode(cause);
    if (cause instanceof AppError || code === undefined) throw cause;
    if (code === 'ENOENT' || (code === 'ENOTDIR' && from !== null)) return '';
    const why = code === 'EACCES' ? 'may not be read by this user' : 'cannot be read';
    throw configBroken(place, why, 'Have it readable, or put it away.', cause);
  }
}

function isOthers({ mode, uid }: { readonly mode: number; readonly uid: number }): boolean {
  // Windows knows neither.
  if (process.getuid === undefined) return false;
  return (mode & 0o022) !== 0 || (uid !== 0 && uid !== process.getuid());
}

/** null: it is larger than it may be. Read to the end rather than to the size `stat` gave: it may grow meanwhile. */
async function readBounded(handle: FileHandle): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    chunks.push(chunk);
    total += chunk.length;
    if (total > limits.ssh.configFileBytes) return null;
  }
  return Buffer.concat(chunks);
}

const BOUND = 'Binnacle reads ssh_config up to a size that no hand comes to: look for a file that includes itself.';
