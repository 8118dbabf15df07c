import { AppError } from '../../kernel/errors.ts';

/**
 * What a line of ssh_config would have had a say in. `way`: which machine is come to. `reach`: by which of its addresses.
 * `host-key`: what the two agree on, and how its key is judged. `login`: what is offered. `account`: as whom, and with which
 * key, so that it matters still once somebody is let in.
 */
export type Bearing = 'way' | 'reach' | 'host-key' | 'login' | 'account';

/** What holds for a machine and is not followed as it is written. */
export interface ConfigNote {
  /** A sentence: `CertificateFile (~/.ssh/config:12) is not followed: …`. */
  readonly text: string;
  /** Empty: nothing that a connection could fail with. */
  readonly bearsOn: readonly Bearing[];
}

export interface RouteNote extends ConfigNote {
  /** For whom it holds, as `ana@bastion:22`. */
  readonly machine: string;
  readonly isJump: boolean;
}

/** As many as are read beside what went wrong. */
const SHOWN = 3;

/** `error`, with the notes after its message: a fact beside it, for none of them is known to be the cause. */
export function saidWith(error: AppError, notes: readonly ConfigNote[]): AppError {
  const texts = textsOf(notes);
  if (texts.length === 0) return error;
  const more = texts.length > SHOWN ? [`${texts.length - SHOWN} more are not followed either.`] : [];
  const { code, message, hint, details, cause } = error;
  return new AppError(code, [message, ...texts.slice(0, SHOWN), ...more].join(' '), {
    details,
    ...(hint === null ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Each sentence once, for whomever it holds. */
export function textsOf(notes: readonly ConfigNote[]): readonly string[] {
  return [...new Set(notes.map(({ text }) => text))];
}

const WAY: readonly Bearing[] = ['way'];
const REACH: readonly Bearing[] = ['reach'];
const HOST_KEY: readonly Bearing[] = ['host-key'];
const LOGIN: readonly Bearing[] = ['login'];
const ACCOUNT: readonly Bearing[] = ['account'];

/** By keyword; what is not named decides nothing that a connection could fail with. */
const BEARINGS: Readonly<Record<string, readonly Bearing[]>> = {
  hostname: WAY,
  port: WAY,
  proxyjump: WAY,
  proxycommand: WAY,
  canonicalizehostname: WAY,
  addressfamily: REACH,
  bindaddress: REACH,
  bindinterface: REACH,
  proxyusefdpass: REACH,
  hostkeyalias: HOST_KEY,
  userknownhostsfile: HOST_KEY,
  globalknownhostsfile: HOST_KEY,
  stricthostkeychecking: HOST_KEY,
  verifyhostkeydns: HOST_KEY,
  checkhostip: HOST_KEY,
  nohostauthenticationforlocalhost: HOST_KEY,
  knownhostscommand: HOST_KEY,
  ciphers: HOST_KEY,
  macs: HOST_KEY,
  kexalgorithms: HOST_KEY,
  hostkeyalgorithms: HOST_KEY,
  user: ACCOUNT,
  identityfile: ACCOUNT,
  identitiesonly: LOGIN,
  identityagent: LOGIN,
  certificatefile: LOGIN,
  pkcs11provider: LOGIN,
  securitykeyprovider: LOGIN,
  pubkeyauthentication: LOGIN,
  kbdinteractiveauthentication: LOGIN,
  passwordauthentication: LOGIN,
  hostbasedauthentication: LOGIN,
  gssapiauthentication: LOGIN,
  preferredauthentications: LOGIN,
  pubkeyacceptedalgorithms: LOGIN,
};

export function bearingOf(keyword: string): readonly Bearing[] {
  return BEARINGS[keyword] ?? [];
}

/** Of lines that are not read: they may say anything. */
export const EVERYTHING: readonly Bearing[] = ['way', 'reach', 'host-key', 'login', 'account'];
