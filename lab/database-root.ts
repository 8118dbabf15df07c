import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './requirements.ts';
import { run } from './run.ts';

/** Where PostgreSQL keeps its data in the image, as in the official one. */
export const postgresData = '/var/lib/postgresql/data';

const packages = ['postgresql', 'redis-server'];

/** Folders and files that no container of the lab reads; without PostgreSQL's compiler (LLVM) it goes on without. */
const leftOut = [
  './dev/*',
  './proc/*',
  './sys/*',
  './usr/share/doc/*',
  './usr/share/man/*',
  './usr/share/i18n/*',
  './usr/share/locale/*',
  './var/cache/*',
  './var/lib/apt/lists/*',
  './var/lib/postgresql/[0-9]*',
  './usr/lib/*/libLLVM*',
  './usr/lib/*/libz3*',
  './usr/lib/llvm-*',
  './usr/lib/postgresql/*/lib/bitcode',
  './usr/lib/postgresql/*/lib/llvmjit*',
];

/**
 * Run in the new root. Debian has made a cluster while installing PostgreSQL: it becomes the one of the containers, so
 * that they accept connections at once.
 */
const prepare = `set -e
mv /var/lib/postgresql/*/main ${postgresData}
cd ${postgresData}
echo "datestyle = 'iso, mdy'" > postgresql.conf
printf '%s\\n' 'local all all trust' 'host all all all trust' > pg_hba.conf
touch pg_ident.conf
chown postgres:postgres postgresql.conf pg_hba.conf pg_ident.conf
install -d -o redis -g redis /data
install -d -o postgres -g postgres /run/postgresql
ln -sf /usr/lib/postgresql/*/bin/* /usr/local/bin/
`;

interface DatabaseRootOptions {
  /** A folder to build in. */
  readonly folder: string;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * A tar file of a Debian root with PostgreSQL (its cluster made, `postgres` trusted) and Redis. It takes about a minute
 * and the network the first time; afterwards it comes from the cache: BINNACLE_LAB_CACHE, else /var/cache/binnacle-lab.
 */
export async function databaseRoot(options: DatabaseRootOptions): Promise<string> {
  const suite = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const recipe = createHash('sha256')
    .update(JSON.stringify([packages, leftOut, prepare]))
    .digest('hex')
    .slice(0, 12);
  const cache = process.env.BINNACLE_LAB_CACHE ?? '/var/cache/binnacle-lab';
  const cached = join(cache, `databases-${suite}-${process.arch}-${recipe}.tar`);
  if (existsSync(cached)) return cached;

  const root = join(options.folder, 'databases');
  const steps = { signal: options.signal ?? new AbortController().signal, timeoutMs: 600_000 };
  options.onProgress(`making a ${suite} root with ${packages.join(' and ')}; about a minute, the first time only`);
  await mkdir(root, { recursive: true });
  const include = `--include=${packages.join(',')}`;
  await isolated(
    [findProgram('debootstrap') ?? 'debootstrap', '--variant=minbase', include, suite, root, ...(await mirror(suite))],
    steps,
  );
  await isolated([findProgram('chroot') ?? 'chroot', root, '/bin/sh', '-c', prepare], steps);

  await mkdir(cache, { recursive: true });
  // Written beside its place and then named, so that nobody ever finds half of it.
  const unfinished = `${cached}.${process.pid}`;
  try {
    const excluded = ['--wildcards', ...leftOut.map((pattern) => `--exclude=${pattern}`)];
    await run('tar', ['--create', '--file', unfinished, '--directory', root, ...excluded, '.'], steps);
    await rename(unfinished, cached);
  } finally {
    await rm(unfinished, { force: true });
  }
  await rm(root, { recursive: true });
  return cached;
}

/** In namespaces of its own: what it mounted and started ends with it, and it ends with this process. */
function isolated(command: readonly string[], options: { signal: AbortSignal; timeoutMs: number }): Promise<string> {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return run('setpriv', ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, '--', ...command], options);
}

/** Where this machine's apt takes the suite from; nothing, and so debootstrap's own default, where apt has no such list. */
async function mirror(suite: string): Promise<string[]> {
  const format = '$(RELEASE) $(COMPONENT) $(REPO_URI)';
  const lists = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).catch(() => '');
  const lines = lists.split('\n').map((line) => line.split(' '));
  const uri = lines.find(([release, component]) => release === suite && component === 'main')?.[2];
  return uri === undefined ? [] : [uri];
}
