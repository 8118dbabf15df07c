import { constants } from 'node:fs';
import { access, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { systemCode } from '../errors.ts';
import { blobType } from '../host-keys/host-key.ts';
import { quoteArgv } from '../quote.ts';

/**
 * A key file, read and judged; an encrypted one waits for its passphrase. `publicKey`: the public half where it is known
 * without the private one, in which the agent may have what the file has not.
 */
export type KeyFile =
  | { readonly kind: 'ready'; readonly file: string; readonly key: ParsedKey }
  | LockedKeyFile
  /** Nothing is there but, perhaps, the public half beside it (`file.pub`). */
  | { readonly kind: 'absent'; readonly file: string; readonly publicKey: Buffer | null }
  /** The public half was named instead of the private one; `error` says so, for where the agent does not hold it. */
  | { readonly kind: 'public'; readonly file: string; readonly publicKey: Buffer; readonly error: AppError }
  | { readonly kind: 'broken'; readonly file: string; readonly publicKey: Buffer | null; readonly error: AppError };

export interface LockedKeyFile {
  readonly kind: 'locked';
  readonly file: string;
  readonly content: Buffer;
  /** The public half: OpenSSH's format leaves it readable, older ones may have it beside them. */
  readonly publicKey: Buffer | null;
}

/** Where ssh looks when nothing is named, in its order of preference. */
export function defaultKeyFiles(home: string): string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name));
}

/** Reads one key file. Never rejects: what is wrong with it is in the answer. */
export async function readKeyFile(file: string): Promise<KeyFile> {
  const read = await readNamed(file);
  if (read.kind === 'ready' || read.kind === 'public' || read.publicKey !== null) return read;
  // As ssh does: what stands beside it as `.pub` says which key it is.
  return { ...read, publicKey: await readPublicHalf(`${file}.pub`) };
}

async function readNamed(file: string): Promise<KeyFile> {
  try {
    const content = await readContent(file);
    return parsed(file, content);
  } catch (error) {
    if (error instanceof AppError) return { kind: 'broken', file, publicKey: null, error };
    if (systemCode(error) === 'ENOENT') return { kind: 'absent', file, publicKey: null };
    const code = systemCode(error) ?? 'unknown';
    return { kind: 'broken', file, publicKey: null, error: unreadable(file, code, error) };
  }
}

async function readPublicHalf(file: string): Promise<Buffer | null> {
  try {
    await using handle = await openFile(file);
    const { size } = await requireRegular(handle, file);
    return size > limits.ssh.keyFileBytes ? null : publicLine(await handle.readFile('latin1'));
  } catch {
    return null; // it is only looked for
  }
}

/** Where ssh looks for the certificate of a key (ssh_config(5), CertificateFile); null: there is none. */
export async function certificateBeside(file: string): Promise<string | null> {
  const certificate = `${file}-cert.pub`;
  return access(certificate).then(
    () => certificate,
    () => null,
  );
}

/** The blob of a public key file's one line; null where it is anything else. */
function publicLine(text: string): Buffer | null {
  const found = /^\s*([\w@.-]+) (AAAA[A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(text);
  if (found === null) return null;
  const blob = Buffer.from(found[2] ?? '', 'base64');
  return blobType(blob) === found[1] ? blob : null;
}

/** The error for a key file that was named and is not there, or cannot be opened. `code` as in errno. */
export function unreadable(file: string, code: string, cause?: unknown): AppError {
  const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
  return new AppError('KEY_UNREADABLE', `The key file ${visibleText(file)} ${why}.`, {
    details: { file, seen: code },
    hint: 'Check the path, and that you may read the file.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Opens an encrypted key. Takes as long as the key's rounds ask for, about a tenth of a second by default.
 * @returns null where the passphrase is wrong
 * @throws AppError KEY_INVALID where the passphrase was right and the key is still of no use
 */
export function unlockKey({ file, content }: LockedKeyFile, passphrase: string): ParsedKey | null {
  // ssh2 takes an empty passphrase for none; no encrypted key has one.
  if (passphrase === '') return null;
  const key = ssh2.utils.parseKey(content, passphrase);
  if (key instanceof Error) {
    // An old PEM key shows a wrong passphrase as any kind of broken DER, or as OpenSSL's "bad decrypt".
    if (/^Unsupported|not supported/.test(key.message)) throw invalid(file, key.message);
    return null;
  }
  return requireUsable(file, key);
}

/** O_NONBLOCK: opening a named pipe would otherwise wait for whoever writes to it. */
function openFile(file: string): Promise<FileHandle> {
  return open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
}

async function readContent(file: string): Promise<Buffer> {
  await using handle = await openFile(file);
  const { uid, mode, size } = await requireRegular(handle, file);
  if (size > limits.ssh.keyFileBytes) throw invalid(file, 'too large for a private key', NAME_THE_KEY);
  const content = await handle.readFile();
  // Public halves are for all to read.
  if (isPublic(content.toString('latin1'))) return content;
  // The rule of ssh, for the operator's own files. Windows has no such mode bits.
  if (process.platform !== 'win32' && uid === process.getuid?.() && (mode & 0o077) !== 0) {
    throw new AppError('KEY_PERMISSIONS', `The key file ${visibleText(file)} can be read by others.`, {
      details: { file, mode: `0${(mode & 0o777).toString(8)}` },
      hint: `Make it yours alone: chmod 600 ${forShell(file)}`,
    });
  }
  return content;
}

function isPublic(text: string): boolean {
  return /^\s*(ssh|ecdsa|sk)-\S+ AAAA|BEGIN SSH2 PUBLIC KEY/.test(text);
}

async function requireRegular(handle: FileHandle, file: string) {
  const stat = await handle.stat();
  if (!stat.isFile()) throw invalid(file, 'not a regular file', NAME_THE_KEY);
  return stat;
}

function parsed(file: string, content: Buffer): KeyFile {
  const text = content.toString('latin1');
  if (isPublic(text)) {
    const publicKey = publicLine(text);
    if (publicKey === null) throw publicHalf(file, text);
    return { kind: 'public', file, publicKey, error: publicHalf(file, text) };
  }
  const publicKey = publicHalfOf(text);
  const type = publicKey === null ? null : publicKey.toString('latin1', 4, 4 + publicKey.readUInt32BE(0));
  if (type?.startsWith('sk-')) {
    throw new AppError('KEY_INVALID', `The key ${visibleText(file)} lives on a security key (${type}).`, {
      details: { file, type },
      hint: 'Binnacle cannot use security keys yet. Name another key with --identity, or load one into ssh-agent.',
    });
  }
  const key = ssh2.utils.parseKey(content);
  if (!(key instanceof Error)) {
    if (!key.isPrivateKey()) throw publicHalf(file, text);
    return { kind: 'ready', file, key: requireUsable(file, key) };
  }
  if (/no passphrase given/.test(key.message)) return { kind: 'locked', file, content, publicKey };
  if (text.startsWith('PuTTY-User-Key-File-')) throw puttyKey(file);
  throw invalid(file, key.message);
}

/** ssh2 reads those of version 2, and ssh-keygen none. */
function puttyKey(file: string): AppError {
  const name = forShell(file);
  return invalid(
    file,
    "it is in PuTTY's own form",
    `Export it as an OpenSSH key, in PuTTYgen under Conversions or with "puttygen ${name} -O private-openssh -o NEW_FILE", and name that file.`,
  );
}

function requireUsable(file: string, key: ParsedKey): ParsedKey {
  if (key.type === 'ssh-dss') throw invalid(file, 'a DSA key, which servers no longer accept', NEW_KEY);
  return key;
}

function publicHalf(file: string, text: string): AppError {
  if (/^\s*\S+-cert-v0[01]@openssh\.com /.test(text)) {
    const key = file.endsWith('-cert.pub') ? `, ${visibleText(file.slice(0, -'-cert.pub'.length))},` : '';
    return new AppError('KEY_INVALID', `The file ${visibleText(file)} holds a certificate, not a private key.`, {
      details: { file },
      hint: `Binnacle cannot use certificates yet. Name the key that it is for${key} where that stands in authorized_keys on the host itself.`,
    });
  }
  return new AppError('KEY_INVALID', `The file ${visibleText(file)} holds a public key, not a private one.`, {
    details: { file },
    hint: file.endsWith('.pub')
      ? `Name the private half, ${visibleText(file.slice(0, -4))}, or load it into ssh-agent.`
      : 'Name the private half, or load it into ssh-agent.',
  });
}

/** `hint`: default, for what another program may have written. */
function invalid(file: string, why: string, hint = rewrite(file)): AppError {
  return new AppError('KEY_INVALID', `The file ${visibleText(file)} is not a usable private key: ${why}.`, {
    details: { file, seen: why },
    hint,
  });
}

function rewrite(file: string): string {
  return `If ssh can use it, "ssh-keygen -p -f ${forShell(file)}" rewrites it in a form that Binnacle can read too.`;
}

const NAME_THE_KEY = 'Name the file of the private key itself, such as ~/.ssh/id_ed25519.';

const NEW_KEY = 'Make another with "ssh-keygen -t ed25519", and put its public half into authorized_keys on the host.';

/** A path as it may be pasted into a shell. */
function forShell(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : visibleText(quoteArgv([file]));
}

/** The public key blob in the clear part of OpenSSH's own format (PROTOCOL.key); null for any other format. */
function publicHalfOf(text: string): Buffer | null {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1];
  if (base64 === undefined) return null;
  const data = Buffer.from(base64, 'base64');
  if (data.toString('latin1', 0, 15) !== 'openssh-key-v1\0') return null;
  try {
    let offset = 15;
    // cipher, kdf, kdf options
    for (let field = 0; field < 3; field += 1) offset += 4 + data.readUInt32BE(offset);
    offset += 4; // number of keys
    const end = offset + 4 + data.readUInt32BE(offset);
    return end - offset > 8 && end <= data.length ? data.subarray(offset + 4, end) : null;
  } catch {
    return null; // cut short: the parser says so
  }
}
