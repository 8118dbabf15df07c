import type { ErrorCode } from '#contract/errors.ts';
import type { HostState } from '#contract/fleet.ts';
import type { Question } from '#contract/questions.ts';
import type { FleetHost } from '#contract/updates.ts';
import { uuid } from '../../src-main/router/services.fixture.ts';
import { ago, MINUTE } from './staged-fleet.ts';

export const FINGERPRINT = 'SHA256:q3Z0cG7nW1yXo5m8kFh2uRjvT9bLsEaD4pKiNwYxCzQ';
export const OTHER_FINGERPRINT = 'SHA256:4vJ1nKc0mZt7yGq2xHs9rWb6uPfLdEo8iTaYkRjQeMw';

interface Trouble {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** What the core says of a host it cannot use, in its own words. */
export const TROUBLES = {
  keyUnknown: {
    code: 'HOST_KEY_UNKNOWN',
    message: `The host key of atlas.example.org is not known: ssh-ed25519 ${FINGERPRINT}.`,
    hint: 'Compare it with what "ssh-keygen -lf" prints for the key on the host itself.',
  },
  keyChanged: {
    code: 'HOST_KEY_CHANGED',
    message: `The host key of atlas.example.org is not the one known for it. Offered: ssh-ed25519 ${OTHER_FINGERPRINT}. Known: ssh-ed25519 ${FINGERPRINT} (/home/ops/.ssh/known_hosts:14).`,
    hint: 'Somebody may stand between you and the host, or it was installed anew. Find out on the host itself: "ssh-keygen -lf" prints its keys. Only if the new key is its own, remove the old: ssh-keygen -R atlas.example.org -f /home/ops/.ssh/known_hosts (line 14).',
  },
  passphrase: {
    code: 'PASSPHRASE_NEEDED',
    message: 'The key /home/ops/.ssh/id_ed25519 needs its passphrase.',
    hint: 'Enter it, or add the key to your ssh-agent.',
  },
  socketDenied: {
    code: 'SOCKET_DENIED',
    message: 'ops may not use /var/run/docker.sock on atlas.example.org.',
    hint: 'Add the user to its group on the host, then connect again: sudo usermod -aG docker ops',
  },
  socketMissing: {
    code: 'SOCKET_MISSING',
    message: 'There is no /var/run/docker.sock on atlas.example.org.',
    hint: 'Check that Docker is installed and running there. A rootless engine has its socket at /run/user/UID/docker.sock, Podman at /run/podman/podman.sock: name it in the target.',
  },
  apiTooOld: {
    code: 'API_TOO_OLD',
    message: 'The engine speaks API 1.39 at most; Binnacle needs 1.41 (Docker 20.10, Podman 4) or newer.',
    hint: 'Update the engine on the host.',
  },
  denied: {
    code: 'ENGINE_DENIED',
    message: '“list containers” is denied on this host (403): Forbidden',
    hint: 'Something in front of the engine, such as a socket proxy, allows only certain requests. Allow this one there.',
  },
  hung: {
    code: 'ENGINE_TIMEOUT',
    message: 'The engine did not answer “list containers” within 8 s.',
    hint: 'Look at the engine on the host.',
  },
} as const satisfies Record<string, Trouble>;

export function noAnswer(label: string): Trouble {
  return {
    code: 'CONNECT_TIMEOUT',
    message: `${label}.example.org did not answer within 10 s.`,
    hint: 'Check that the machine is on, and that no firewall is in between.',
  };
}

/** What a host is changed to that waits for a person. */
export function blockedBy({ code, message, hint }: Trouble, target: string): Pick<FleetHost, 'status' | 'problems'> {
  return {
    status: { state: 'blocked', since: ago(3 * MINUTE), code, message },
    problems: [{ where: target, code, message, hint }],
  };
}

/** Tried for the fourth time, and again in 12 seconds. */
export function offlineFor({ code, message }: Trouble, forMs: number): HostState {
  return { state: 'offline', since: ago(forMs), code, message, attempt: 4, nextTryAt: ago(-12_000) };
}

/** Who asks: a host that is followed, or a trial. */
type From = { readonly hostId: string } | { readonly trial: string };

const asked = {
  id: uuid(901),
  target: 'ssh://ops@atlas.example.org',
  machine: 'ops@atlas.example.org:22',
  isJump: false,
} as const;
/** The same, of the machine on the way to it. */
const JUMP = { machine: 'ops@bastion.example.org:22', isJump: true } as const;

export function hostKeyQuestion(from: From): Question {
  return { kind: 'hostKey', ...asked, ...by(from), keyType: 'ssh-ed25519', fingerprint: FINGERPRINT };
}

export function jumpKeyQuestion(from: From): Question {
  return { kind: 'hostKey', ...asked, ...JUMP, ...by(from), keyType: 'ecdsa-sha2-nistp256', fingerprint: FINGERPRINT };
}

export function passphraseQuestion(from: From, attempt: number, canRemember = false): Question {
  return { kind: 'passphrase', ...asked, ...by(from), file: '/home/ops/.ssh/id_ed25519', attempt, canRemember };
}

export function passwordQuestion(from: From, canRemember = false): Question {
  return { kind: 'password', ...asked, ...by(from), user: 'ops', canRemember };
}

/** As pam_google_authenticator asks, after a password. */
export function codeQuestion(from: From): Question {
  return {
    kind: 'challenge',
    ...asked,
    ...JUMP,
    ...by(from),
    title: '',
    instructions: '',
    prompts: [{ text: 'Verification code: ', echo: false }],
    until: ago(-82_000),
  };
}

/** As long and as strange as a host can ask. */
export function wordyQuestion(from: From): Question {
  return {
    kind: 'challenge',
    ...asked,
    ...by(from),
    title: 'Example Corp. Central Authentication',
    instructions:
      'You are entering a system of Example Corp.\nEnter the account you were given, and the PIN followed by what your token shows. <b>After three failures</b> the account is locked.',
    prompts: [
      { text: 'Account: ', echo: true },
      { text: 'PIN and token: ', echo: false },
    ],
    until: ago(-64_000),
  };
}

function by(from: From) {
  return { hostId: 'hostId' in from ? from.hostId : null, trial: 'trial' in from ? from.trial : null };
}
