import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, globSync, openSync, readFileSync, readSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';

/** Where a program is: as the shell would find it, and where Debian keeps those that only root's shell finds. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders.map((folder) => join(folder, name)).find((file) => allowed(file, constants.X_OK)) ?? null;
}

/** The docker client. Debian's own first: what else is on a PATH may be too new for Debian's engine, or a wrapper. */
export function dockerProgram(): string | null {
  return allowed('/usr/bin/docker', constants.X_OK) ? '/usr/bin/docker' : findProgram('docker');
}

/** The busybox the images are made of; null where there is none that runs without libraries. */
export function staticBusybox(): string | null {
  const file = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path) && isStatic(path));
  return file ?? null;
}

/** Why no sshd can be started here; each a sentence. Empty: it can. */
export function missingForSshd(): string[] {
  if (process.platform !== 'linux') return [`The lab needs Linux; this is ${process.platform}.`];
  return [
    ...(existsSync('/usr/sbin/sshd') ? [] : ['There is no /usr/sbin/sshd (Debian: openssh-server).']),
    ...missingPrograms({ 'ssh-keygen': 'openssh-client', 'ssh-agent': 'openssh-client', setpriv: 'util-linux' }),
    ...(mayLogIn() ? [] : [`${userInfo().username} may not log in: its shell is ${userInfo().shell ?? 'none'}.`]),
  ];
}

/** An account without a shell, such as `nobody`, is not let in by any sshd. */
function mayLogIn(): boolean {
  const { shell } = userInfo();
  // Without stdin: a bash whose stdin is a socket takes itself for a remote one, and runs the operator's .bashrc.
  return shell !== null && spawnSync(shell, ['-c', 'exit 0'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** Why the lab cannot run here; each a sentence. Empty: it can. */
export function missingParts(options: { readonly databases?: boolean } = {}): string[] {
  const sshd = missingForSshd();
  if (process.platform !== 'linux') return sshd;
  return [
    ...sshd,
    ...missingRights(),
    ...(dockerProgram() === null ? ['There is no docker client (Debian: docker.io).'] : []),
    ...missingPrograms({
      dockerd: 'docker.io',
      containerd: 'containerd',
      runc: 'runc',
      ip: 'iproute2',
      tar: 'tar',
      unshare: 'util-linux',
    }),
    ...(usesAppArmor() ? missingPrograms({ apparmor_parser: 'apparmor' }) : []),
    ...(staticBusybox() === null ? ['There is no statically linked busybox (Debian: busybox-static).'] : []),
    ...(options.databases === false ? [] : missingPrograms({ debootstrap: 'debootstrap' })),
  ];
}

/** What some suites need beyond the rest. `accounts`: logins of accounts that only one sshd knows. */
export type Extra = 'accounts' | 'haproxy' | 'podman';

/** Why those cannot be had here; each a sentence. Empty: they can. */
export function missingExtras(extras: readonly Extra[]): string[] {
  if (process.platform !== 'linux') return [];
  return extras.flatMap((extra) => {
    if (extra === 'haproxy') return missingPrograms({ haproxy: 'haproxy' });
    if (extra === 'podman') {
      const programs = { podman: 'podman', conmon: 'conmon', runc: 'runc', unshare: 'util-linux', ip: 'iproute2' };
      const plugins = 'There are no CNI plugins in /usr/lib/cni (Debian: containernetworking-plugins).';
      return [
        ...missingRights(),
        ...missingPrograms(programs),
        ...(existsSync('/usr/lib/cni/bridge') ? [] : [plugins]),
      ];
    }
    const hasCodes = globSync(['/lib/*/security/pam_oath.so', '/lib/security/pam_oath.so']).length > 0;
    return [
      ...missingRights(),
      ...missingPrograms({ sudo: 'sudo', perl: 'perl-base', unshare: 'util-linux', mount: 'mount' }),
      ...(hasCodes ? [] : ['There is no pam_oath.so (Debian: libpam-oath).']),
    ];
  });
}

/** Bits of a capability set, from linux/capability.h. */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

function missingRights(): string[] {
  if (process.getuid?.() !== 0) return ['The lab needs root: dockerd makes mounts and network bridges.'];
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const has = (bit: bigint) => ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
  const cgroup = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  return [
    ...(has(CAP_SYS_ADMIN) ? [] : ['This root may not mount (a container without CAP_SYS_ADMIN).']),
    ...(has(CAP_NET_ADMIN) ? [] : ['This root may not make network bridges (a container without CAP_NET_ADMIN).']),
    ...(allowed(cgroup, constants.W_OK) ? [] : [`${cgroup} cannot be written, so no container can be given limits.`]),
  ];
}

/** A kernel with AppArmor makes the engine load a profile before it starts a container. */
function usesAppArmor(): boolean {
  const enabled = '/sys/module/apparmor/parameters/enabled';
  return existsSync(enabled) && readFileSync(enabled, 'utf8').startsWith('Y');
}

function missingPrograms(packages: Readonly<Record<string, string>>): string[] {
  return Object.entries(packages)
    .filter(([name]) => findProgram(name) === null)
    .map(([name, from]) => `There is no ${name} (Debian: ${from}).`);
}

function allowed(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/** A dynamic ELF file names its loader (PT_INTERP) in its first page. */
function isStatic(file: string): boolean {
  const head = Buffer.alloc(4096);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return !/\/ld-(linux|musl)/.test(head.toString('latin1'));
}
