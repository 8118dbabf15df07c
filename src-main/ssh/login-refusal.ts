import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { CredentialNotes, Offer } from './authentication.ts';
import { place, shown } from './errors.ts';
import type { Hop } from './hop.ts';
import type { LoginRecord, Proof, Said } from './login-record.ts';

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

/** Why nobody was let in, of all that was tried: what is nearest to being let in is told. */
export function refusal(refused: Refused): AppError {
  const { rejections, unopened, unlocked } = refused;
  const last = rejections.at(-1);
  const said = last?.record.said ?? null;
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

function answerRefused({ hop, rejections }: Refused, { password, what }: Said, cut: AppError | null): AppError {
  const user = visibleText(hop.user);
  const answer = what === 'password' ? `the password of ${user}` : `the answers given for ${user}`;
  const message =
    cut === null
      ? `${place(hop)} did not take ${answer}.`
      : `${place(hop)} was given ${answer}, and the connection ended without a word on ${what === 'password' ? 'it' : 'them'}.`;
  return new AppError('AUTH_FAILED', message, {
    details: { tried: triedIn(rejections), methods: methodsOf(rejections), cut: cut?.message ?? null },
    hint: `Check the user name${password ? ' and the password' : ''}, then connect again: nothing is given twice by itself.`,
    ...(cut === null ? {} : { cause: cut }),
  });
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
    skipped > 0 ? ` ${skipped} more were not tried.` : '',
    rejections.some(({ cut }) => cut !== null) ? ' It hung up before it had judged them all.' : '',
  ];
  return new AppError('AUTH_FAILED', `${words.join('')}${notesText(all)}`, {
    details: { tried, methods: methodsOf(rejections), ...notesDetails(all) },
    hint: nextStep(hop, records.at(-1)?.methodsLeft ?? null, tried.length >= limits.ssh.authOffers),
  });
}

function nextStep({ user }: Hop, methods: readonly string[] | null, many: boolean): string {
  if (methods !== null && !methods.includes('publickey')) {
    return `The host lets ${visibleText(user)} in only by ${shown(methods.join(' or '))}. Allow public keys (PubkeyAuthentication) for this user.`;
  }
  if (many) return 'The host gives up after a few keys: name the right one with --identity.';
  return `Check the user name, and that the key stands in ~/.ssh/authorized_keys of ${visibleText(user)} on the host.`;
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

function whyNone({ agent, unusable }: CredentialNotes): string {
  if (agent.kind !== 'asked') return agent.kind === 'none' ? ': there is no ssh-agent, and no key file.' : '.';
  if (agent.heldBack > 0) {
    return `: ssh-agent holds ${agent.heldBack}, none of which ssh_config names for this host (IdentitiesOnly).`;
  }
  if (unusable.length === 0) return ': ssh-agent holds none, and there is no key file.';
  return `: ssh-agent holds only what Binnacle cannot use yet (${unusableText(unusable)}).`;
}

function whatToLoad({ agent, unusable }: CredentialNotes): string {
  if (agent.kind === 'asked' && agent.heldBack > 0) {
    return 'Name the key with --identity FILE: its public half will do where ssh-agent holds the key.';
  }
  if (unusable.length > 0) {
    return 'Name another key with --identity FILE, or load one with "ssh-add" that is neither on a security key nor a certificate.';
  }
  if (agent.kind === 'asked') return 'Load a key with "ssh-add", or name one with --identity FILE.';
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
  const { unusable, agent } = notes;
  return [
    unusable.length === 0
      ? ''
      : ` ssh-agent holds ${unusable.length} that Binnacle cannot use yet (${unusableText(unusable)}).`,
    agent.kind === 'asked' && agent.heldBack > 0
      ? ` ${agent.heldBack} in ssh-agent were not offered, because ssh_config does not name them for this host (IdentitiesOnly).`
      : '',
    brokenText(notes),
    agent.kind === 'unreachable' ? ` ${agent.problem.message}` : '',
  ].join('');
}

const brokenText = ({ broken }: CredentialNotes) => broken.map(({ message }) => ` ${message}`).join('');

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
