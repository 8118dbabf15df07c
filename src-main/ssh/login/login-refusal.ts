import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { place, shown } from '../errors.ts';
import type { Hop } from '../hop.ts';
import type { CredentialNotes, Offer } from './authentication.ts';
import { ONLY_SHA1 } from './lent-key.ts';
import type { AskedFor, Left, LoginRecord, Proof, Said } from './login-record.ts';

interface Refused {
  readonly hop: Hop;
  /** Of each connection, what was given in it; `cut` where it ended without a word on the last of that. */
  readonly rejections: readonly { readonly record: LoginRecord; readonly cut: AppError | null }[];
  /** All that could be offered, whether it was or not. */
  readonly offers: readonly Offer[];
  /** Why encrypted keys were not opened, and whether one was. */
  readonly unopened: readonly AppError[];
  readonly unlocked: boolean;
  readonly notes: CredentialNotes;
}

/** Why nobody was let in, of all that was tried: what is nearest to being let in is told, and what the host said. */
export function refusal(refused: Refused): AppError {
  const error = reason(refused);
  const heard = refused.rejections.flatMap(({ record }) => [...record.banner, ...record.heard]);
  if (heard.length === 0) return error;
  const { code, message, hint, cause } = error;
  const details = { ...error.details, seen: [error.details.seen ?? [], ...new Set(heard)].flat() };
  return new AppError(code, message, { details, cause, ...(hint === null ? {} : { hint }) });
}

function reason(refused: Refused): AppError {
  const { rejections, unopened, unlocked } = refused;
  const last = rejections.at(-1);
  const said = last?.record.said ?? null;
  if (last?.record.left) return keyLeft(refused, last.record.left, last.cut);
  if (said?.how === 'refused') return answerRefused(refused, said, last?.cut ?? null);
  if (rejections.some(({ record }) => record.taken.length > 0)) return moreWanted(refused, said);
  const tried = rejections.flatMap(({ record }) => record.tried);
  if (unopened[0] !== undefined && !unlocked) {
    // What went wrong tells more than what nobody answered.
    return unopened.find(({ code }) => code !== 'PASSPHRASE_NEEDED') ?? unopened[0];
  }
  if (tried.length > 0) return keysRefused(refused, tried);
  return said === null ? noCredentials(refused) : unanswered(refused);
}

/** The host knows the key, so it is not for that. */
function keyLeft({ hop, rejections }: Refused, { key }: Left, cut: AppError | null): AppError {
  const { message = null, details = {} } = cut ?? {};
  const user = visibleText(hop.user);
  return new AppError(
    'AUTH_FAILED',
    `${place(hop)} knows ${key}, and closed the connection instead of letting ${user} in with it.`,
    {
      details: { tried: triedIn(rejections), methods: methodsOf(rejections), cut: message, seen: details.seen ?? [] },
      hint: "sshd's log on the host says why: PAM may keep this user out (an expired account, access.conf, /run/nologin).",
      ...(cut === null ? {} : { cause: cut }),
    },
  );
}

function answerRefused({ hop, rejections }: Refused, { asked, what }: Said, cut: AppError | null): AppError {
  const user = visibleText(hop.user);
  const answer = what === 'password' ? `the password of ${user}` : `the answers given for ${user}`;
  const message =
    cut === null
      ? `${place(hop)} did not take ${answer}.`
      : `${place(hop)} was given ${answer}, and the connection ended without a word on ${what === 'password' ? 'it' : 'them'}.`;
  return new AppError('AUTH_FAILED', message, {
    details: { tried: triedIn(rejections), methods: methodsOf(rejections), cut: cut?.message ?? null },
    hint: `Check ${toCheck(asked)}, then connect again: nothing is given twice by itself.`,
    ...(cut === null ? {} : { cause: cut }),
  });
}

/** A host does not say which of several answers was wrong. */
function toCheck(asked: readonly AskedFor[]): string {
  const hasCode = asked.includes('code');
  const answers = [...(asked.includes('password') ? ['the password'] : []), ...(hasCode ? ['the code'] : [])];
  const all = ['the user name', ...answers];
  const list = all.length < 3 ? all.join(' and ') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
  // Codes that depend on the time (TOTP, RFC 6238) are wrong where the clock that they are made by is.
  return hasCode ? `${list}, and the clock of the device that makes the code` : list;
}

function moreWanted(refused: Refused, said: Said | null): AppError {
  const { hop, rejections, notes } = refused;
  const proofs = rejections.findLast(({ record }) => record.taken.length > 0)?.record.taken ?? [];
  const methods = methodsOf(rejections) ?? [];
  const took = `${place(hop)} accepted ${proofs.map(proofName).join(' and ')}, and wants a further proof (${methods.join(' or ')})`;
  const details = { tried: triedIn(rejections), methods };
  if (said !== null) {
    return new AppError('AUTH_UNANSWERED', `${took}, which nobody gave.`, {
      details,
      hint: 'Connect again where somebody can be asked.',
    });
  }
  return new AppError('AUTH_FAILED', `${took}, which was not given.${notesText(notes)}`, {
    details: { ...details, ...notesDetails(notes) },
    hint: methods.includes('publickey')
      ? 'Name a second key for the host, or load it into ssh-agent.'
      : 'Binnacle can give keys, passwords and answers: see what ssh_config lets be tried, and AuthenticationMethods on the host.',
  });
}

function keysRefused({ hop, rejections, offers, notes, unopened }: Refused, tried: readonly string[]): AppError {
  const records = rejections.map(({ record }) => record);
  const problems = records.flatMap((record) => [...record.signed]).filter(([, problem]) => problem !== null);
  const known = records.flatMap((record) => [...record.signed.keys()]);
  const skipped = offers.length - tried.length;
  const all = { ...notes, broken: [...notes.broken, ...unopened] };
  const words = [
    `${place(hop)} did not let ${visibleText(hop.user)} in with ${tried.length === 1 ? 'the key' : `any of the ${tried.length} keys`} offered.`,
    ...problems.map(([label, problem]) => ` ${label}: ${problem}.`),
    problems.length > 0 || known.length === 0 ? '' : ` It knows ${known.join(', ')}, and still refused.`,
    skipped > 0 ? ` ${skipped} more ${skipped === 1 ? 'was' : 'were'} not tried.` : '',
    rejections.some(({ cut }) => cut !== null) ? ' It hung up before it had judged them all.' : '',
  ];
  return new AppError('AUTH_FAILED', `${words.join('')}${notesText(all)}`, {
    details: { tried, methods: methodsOf(rejections), ...notesDetails(all) },
    hint:
      nextForKnown(hop, known, problems[0]?.[1] ?? null) ??
      (notes.certificates.length > 0 ? withoutCertificate(hop) : null) ??
      nextStep(hop, records.at(-1)?.methodsLeft ?? null, skipped > 0 || tried.length >= limits.ssh.authOffers),
  });
}

/** The host has asked for signatures of `known`, so it is not for the want of a line in authorized_keys. */
function nextForKnown({ user }: Hop, known: readonly string[], problem: string | null): string | null {
  if (problem === ONLY_SHA1) {
    return 'The host knows this key, and its SSH server is too old to use an RSA key safely: name an Ed25519 key that it knows, or update it.';
  }
  if (problem !== null) {
    return 'The host knows this key: unlock ssh-agent ("ssh-add -X"), confirm where it asks, or touch the security key, and connect again.';
  }
  if (known.length === 0) return null;
  return `The key is known for ${visibleText(user)}: sshd's log on the host says why that was not enough.`;
}

function withoutCertificate({ user }: Hop): string {
  return `The host may know the certificate alone: put the key itself into ~/.ssh/authorized_keys of ${visibleText(user)} there, or name another key with --identity.`;
}

function nextStep({ user }: Hop, methods: readonly string[] | null, many: boolean): string {
  if (methods !== null && !methods.includes('publickey')) {
    return `The host lets ${visibleText(user)} in only by ${shown(methods.join(' or '))}. Allow public keys (PubkeyAuthentication) for this user.`;
  }
  if (many) return 'The host gives up after a few keys: name the right one with --identity.';
  return (
    `Check the user name, and that the key stands in ~/.ssh/authorized_keys of ${visibleText(user)} on the host, without a from= or expiry-time= that bars it.` +
    " If it does, sshd's log says why: AllowUsers and the like, a folder that others may write to (StrictModes), a login shell that is missing, PubkeyAcceptedAlgorithms."
  );
}

function unanswered({ hop, rejections }: Refused): AppError {
  return new AppError('AUTH_UNANSWERED', `Nobody answered what ${place(hop)} asked.`, {
    details: { tried: triedIn(rejections), methods: methodsOf(rejections) },
    hint: 'Connect again where somebody can be asked, or allow public keys (PubkeyAuthentication) for this user.',
  });
}

/** Nothing was given to the host at all. */
function noCredentials({ hop, rejections, notes }: Pick<Refused, 'hop' | 'rejections' | 'notes'>): AppError {
  const methods = methodsOf(rejections);
  const details = { methods, ...notesDetails(notes) };
  if (methods !== null && !methods.includes('publickey')) {
    const by = methods.length === 0 ? 'no way that it names' : methods.join(' or ');
    return new AppError('AUTH_NO_CREDENTIALS', `${place(hop)} lets ${visibleText(hop.user)} in only by ${by}.`, {
      details,
      hint: 'Connect where somebody can be asked, or allow public keys (PubkeyAuthentication) for this user.',
    });
  }
  if (!hop.methods.publicKey) {
    return new AppError('AUTH_NO_CREDENTIALS', `ssh_config lets no key be offered to ${place(hop)}.`, {
      details,
      hint: 'See PubkeyAuthentication and PreferredAuthentications for this host in ssh_config.',
    });
  }
  if (notes.agent.kind === 'unreachable' && notes.broken.length === 0) return notes.agent.problem;
  return new AppError('AUTH_NO_CREDENTIALS', `There is no key to log in with${whyNone(notes)}${brokenText(notes)}`, {
    details,
    hint: notes.broken[0]?.hint ?? whatToLoad(notes),
  });
}

function whyNone({ agent, unusable, broken }: CredentialNotes): string {
  const file = broken.length === 0 ? 'no key file' : 'no key file that can be used';
  if (agent.kind === 'none') return `: there is no ssh-agent, and ${file}.`;
  if (agent.kind === 'unreachable') return `: there is ${file}. ${agent.problem.message}`;
  if (agent.heldBack > 0) {
    return `: ssh-agent holds ${agent.heldBack}, none of which ssh_config names for this host (IdentitiesOnly).`;
  }
  if (unusable.length === 0) return `: ssh-agent holds none, or is locked, and there is ${file}.`;
  return `: ssh-agent holds only what Binnacle cannot use yet (${unusableText(unusable)}).`;
}

function whatToLoad({ agent, unusable }: CredentialNotes): string {
  if (agent.kind === 'asked' && agent.heldBack > 0) {
    return 'Name the key with --identity FILE: its public half will do where ssh-agent holds the key.';
  }
  if (unusable.length > 0) {
    return 'Name another key with --identity FILE, or load one with "ssh-add" that is neither on a security key nor a certificate.';
  }
  if (agent.kind === 'asked') {
    return 'Load a key with "ssh-add", or name one with --identity FILE. If the agent is locked, "ssh-add -X" unlocks it.';
  }
  return 'Name a key with --identity FILE, or load one with "ssh-add".';
}

function unusableText(unusable: CredentialNotes['unusable']): string {
  const named = unusable.slice(0, SHOWN).map(({ type, comment }) => (comment === '' ? type : `${type} ${comment}`));
  return [...named, ...(unusable.length > SHOWN ? [`${unusable.length - SHOWN} more`] : [])].join(', ');
}

const SHOWN = 3;

function proofName(proof: Proof): string {
  if (proof.kind === 'key') return proof.offer.label;
  return proof.kind === 'password' ? 'the password' : 'the answers';
}

/** A sentence or more on what could not be offered; empty where there was nothing. Begins with a space. */
function notesText(notes: CredentialNotes): string {
  const { unusable, agent, certificates } = notes;
  return [
    unusable.length === 0
      ? ''
      : ` ssh-agent holds ${unusable.length} that Binnacle cannot use yet (${unusableText(unusable)}).`,
    agent.kind === 'asked' && agent.heldBack > 0
      ? ` ${agent.heldBack} in ssh-agent were not offered, because ssh_config does not name them for this host (IdentitiesOnly).`
      : '',
    // An agent that is locked says that it holds none (PROTOCOL.agent).
    agent.kind === 'asked' && agent.held + unusable.length === 0 ? ' ssh-agent holds none, or is locked.' : '',
    ...certificates.slice(0, SHOWN).map((file) => ` Binnacle cannot use certificates yet (${visibleText(file)}).`),
    brokenText(notes),
    agent.kind === 'unreachable' ? ` ${agent.problem.message}` : '',
  ].join('');
}

function brokenText({ broken }: CredentialNotes): string {
  const more = broken.length - SHOWN;
  const named = broken.slice(0, SHOWN).map(({ message }) => ` ${message}`);
  return [...named, ...(more > 0 ? [` ${more} more key ${more === 1 ? 'file is' : 'files are'} of no use.`] : [])].join(
    '',
  );
}

function notesDetails({ unusable, broken, agent }: CredentialNotes): Record<string, unknown> {
  return {
    unusable,
    broken: broken.map(({ code, message }) => ({ code, message })),
    agent: agent.kind === 'unreachable' ? agent.problem.message : null,
    heldBack: agent.kind === 'asked' ? agent.heldBack : 0,
  };
}

const triedIn = (rejections: Refused['rejections']) => rejections.flatMap(({ record }) => record.tried);

/** As the host named them last, safe to show; null: it named none. */
function methodsOf(rejections: Refused['rejections']): string[] | null {
  return rejections.findLast(({ record }) => record.methodsLeft !== null)?.record.methodsLeft?.map(shown) ?? null;
}
