import { limits } from '../../kernel/limits.ts';
import { DEFAULT_SSH_PORT } from '../target.ts';

/** What may follow a keyword; gives back the values, or what is wrong with them, as a predicate. */
type Shape = (words: readonly string[], rest: string) => readonly string[] | { readonly wrong: string };

const one: Shape = (words) => {
  const [word = ''] = words;
  if (word === '') return { wrong: 'has nothing after it' };
  return words.length === 1 ? [word] : { wrong: 'has more after it than belongs there' };
};

/** One word of a list, in whatever capitals; each is given back as the list's own. */
function oneOf(values: Readonly<Record<string, string>>): Shape {
  return (words, rest) => {
    const given = one(words, rest);
    if ('wrong' in given) return given;
    const value = values[(given[0] as string).toLowerCase()];
    return value === undefined ? { wrong: 'has a value that it cannot have' } : [value];
  };
}

function oneThat(isFit: (word: string) => boolean): Shape {
  return (words, rest) => {
    const given = one(words, rest);
    return 'wrong' in given || isFit(given[0] as string) ? given : { wrong: 'has a value that it cannot have' };
  };
}

const files: Shape = (words) => {
  if (words.includes('')) return { wrong: 'has an empty name after it' };
  const none = words.some((word) => word.toLowerCase() === 'none');
  return none && words.length > 1 ? { wrong: 'has "none" beside others' } : words;
};

/** To the end of the line, with its quotes: a command, or what is read otherwise. */
const rest: Shape = (_, text) => [text.replace(/^[ \t\r=]+/, '')];

const YES_NO = { yes: 'yes', true: 'yes', no: 'no', false: 'no' };
const flag = oneOf(YES_NO);

/** `90`, `1m30s`. `none` sets nothing: OpenSSH takes what stands behind it. */
const time: Shape = (words, text) => {
  const given = oneThat((word) => word === 'none' || secondsOf(word) !== null)(words, text);
  return 'wrong' in given || given[0] !== 'none' ? given : [];
};
const whole = oneThat((word) => /^[+-]?\d{1,10}$/.test(word));
const name = oneThat((word) => word.length <= limits.ssh.hostChars);
const port = oneThat((word) => portOf(word) !== null);

/** Keywords that decide how a machine is reached, or that are named where they would. In lower case. */
const FOLLOWED: Readonly<Record<string, Shape>> = {
  // Both are compared with patterns, before they are looked at more closely.
  hostname: name,
  user: name,
  port,
  hostkeyalias: one,
  identityfile: one,
  identitiesonly: flag,
  identityagent: one,
  certificatefile: one,
  userknownhostsfile: files,
  globalknownhostsfile: files,
  proxyjump: rest,
  proxycommand: rest,
  proxyusefdpass: flag,
  serveraliveinterval: time,
  serveralivecountmax: whole,
  pubkeyauthentication: oneOf({ ...YES_NO, unbound: 'yes', 'host-bound': 'yes' }),
  kbdinteractiveauthentication: flag,
  passwordauthentication: flag,
  hostbasedauthentication: flag,
  gssapiauthentication: flag,
  preferredauthentications: one,
  stricthostkeychecking: oneOf({ ...YES_NO, off: 'no', ask: 'ask', 'accept-new': 'accept-new' }),
  verifyhostkeydns: oneOf({ ...YES_NO, ask: 'ask' }),
  checkhostip: flag,
  nohostauthenticationforlocalhost: flag,
  knownhostscommand: rest,
  revokedhostkeys: one,
  refuseconnection: one,
  canonicalizehostname: oneOf({ ...YES_NO, always: 'always' }),
  addressfamily: oneOf({ any: 'any', inet: 'inet', inet6: 'inet6' }),
  bindaddress: one,
  bindinterface: one,
  pkcs11provider: one,
  securitykeyprovider: one,
  ciphers: one,
  macs: one,
  kexalgorithms: one,
  hostkeyalgorithms: one,
  pubkeyacceptedalgorithms: one,
  ignoreunknown: one,
};

/** Older names for the same. */
const ALIASES: Readonly<Record<string, string>> = {
  identityfile2: 'identityfile',
  dsaauthentication: 'pubkeyauthentication',
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  tisauthentication: 'kbdinteractiveauthentication',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  smartcarddevice: 'pkcs11provider',
};

/**
 * The other keywords of OpenSSH up to 10.2, of Debian's patches to it and of Apple's: they say nothing of how a machine is
 * reached, are about what Binnacle does not do (terminals, forwarding, X11), or have long been without effect.
 */
const WITHOUT_EFFECT = new Set(
  `addkeystoagent afstokenpassing batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots
  canonicalizepermittedcnames casignaturealgorithms channeltimeout cipher clearallforwardings compression
  compressionlevel connectionattempts connecttimeout controlmaster controlpath controlpersist dynamicforward
  enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fallbacktorsh fingerprinthash
  forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports
  globalknownhostsfile2 gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange
  gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns hashknownhosts hostbasedacceptedalgorithms
  hostbasedkeytypes ipqos kbdinteractivedevices keepalive kerberosauthentication kerberostgtpassing localcommand
  localforward loglevel logverbose numberofpasswordprompts obscurekeystroketiming
  permitlocalcommand permitremoteopen protocol protocolkeepalives rekeylimit remotecommand remoteforward requesttty
  requiredrsasize rhostsauthentication rhostsrsaauthentication rsaauthentication sendenv sessiontype setenv
  setuptimeout stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility tag tcpkeepalive tunnel
  tunneldevice updatehostkeys usekeychain useprivilegedport userknownhostsfile2 useroaming usersh versionaddendum
  visualhostkey warnweakcrypto xauthlocation`.split(/\s+/),
);

export type Keyword =
  | { readonly kind: 'followed'; readonly name: string; readonly shape: Shape }
  | { readonly kind: 'host' | 'match' | 'include' | 'without-effect' | 'unknown' };

/** What OpenSSH knows the keyword as; capitals do not count. */
export function keywordOf(written: string): Keyword {
  const lower = written.toLowerCase();
  if (lower === 'host' || lower === 'match' || lower === 'include') return { kind: lower };
  const name = (Object.hasOwn(ALIASES, lower) && ALIASES[lower]) || lower;
  const shape = Object.hasOwn(FOLLOWED, name) ? FOLLOWED[name] : undefined;
  if (shape !== undefined) return { kind: 'followed', name, shape };
  return { kind: WITHOUT_EFFECT.has(lower) ? 'without-effect' : 'unknown' };
}

/** A number from 1 to 65535, or `ssh`, which is the one service it can be; null for anything else. */
export function portOf(text: string): number | null {
  if (text === 'ssh') return DEFAULT_SSH_PORT;
  const number = /^0*\d{1,5}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 65_535 ? number : null;
}

/** TIME FORMATS of sshd_config(5), in seconds; null for anything else. */
export function secondsOf(text: string): number | null {
  if (text === '' || !/^(?:\d+[smhdw])*\d*$/i.test(text)) return null;
  const parts = [...text.matchAll(/(\d+)([smhdw]?)/gi)];
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (SECONDS[unit?.toLowerCase() ?? ''] ?? 1),
    0,
  );
  return total <= 2_147_483_647 ? total : null;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
