import { expect, it } from 'vitest';
import type { ForwardEvidence, SocketEvidence, TcpAnswer } from './forward-evidence.ts';
import { type ForwardCause, judgeForward } from './forward-verdict.ts';

/** What a host is really like; evidence is all that shows of it. */
interface World {
  /** `alike`: it goes by another name, and does as OpenSSH does. */
  readonly server: 'openssh' | 'alike' | 'other';
  /** `told`: sshd tells the options of the key; `key` is what they are. */
  readonly key: 'free' | 'restricted';
  readonly told: boolean;
  readonly streamLocal: boolean;
  readonly tcp: boolean;
  /** PermitOpen, or permitopen= of the key: what TCP places it lists. */
  readonly list: 'none' | 'near' | 'other' | 'neither';
  /** Whether what comes of a channel to each place says anything. */
  readonly nearAnswers: boolean;
  readonly otherAnswers: boolean;
  readonly shell: 'posix' | 'command=' | 'ForceCommand' | 'none' | 'waits' | 'no sessions';
  /** `astray`: missing, and `astray-behind`: closed to this user, each at the end of a link that cannot be read. */
  readonly socket: SocketEvidence['kind'] | 'astray-behind';
  /** `overrun`: it hangs, and so many wait for it that the kernel turns further ones away. */
  readonly engine: 'runs' | 'stopped' | 'hangs' | 'overrun';
  /** The docker client there. `stuck`: it is late, whatever the engine does; `vague`: it does not tell nobody from too many. */
  readonly client: 'none' | 'stuck' | 'vague' | 'exact';
  /** The reason a server other than OpenSSH gives: none, or an honest one. */
  readonly saysWhy: boolean;
}

const VALUES: { readonly [Key in keyof World]: readonly World[Key][] } = {
  server: ['openssh', 'alike', 'other'],
  key: ['free', 'restricted'],
  told: [true, false],
  streamLocal: [true, false],
  tcp: [true, false],
  list: ['none', 'near', 'other', 'neither'],
  nearAnswers: [true, false],
  otherAnswers: [true, false],
  shell: ['posix', 'command=', 'ForceCommand', 'none', 'waits', 'no sessions'],
  socket: ['missing', 'other', 'behind', 'below', 'astray', 'astray-behind', 'closed', 'open'],
  engine: ['runs', 'stopped', 'hangs', 'overrun'],
  client: ['none', 'stuck', 'vague', 'exact'],
  saysWhy: [true, false],
};

function* worlds(): Generator<World> {
  const keys = Object.keys(VALUES) as (keyof World)[];
  function* filled(index: number, made: Partial<World>): Generator<World> {
    const key = keys[index];
    if (key === undefined) yield made as World;
    else for (const value of VALUES[key]) yield* filled(index + 1, { ...made, [key]: value });
  }
  for (const world of filled(0, {})) {
    // OpenSSH never says why.
    if (world.server !== 'other' && world.saysWhy) continue;
    if (world.shell === 'command=' && !world.told) continue;
    yield world;
  }
}

/** All that keeps the socket closed in `world`, each enough by itself. Empty: it would have been opened. */
function causesIn(world: World): Set<ForwardCause> {
  const { server, key, streamLocal, tcp, list, socket, engine } = world;
  const causes = new Set<ForwardCause>();
  if (key === 'restricted') causes.add('key-restricted');
  if (!streamLocal) causes.add('stream-local-off');
  // In OpenSSH what bars TCP bars sockets too. Elsewhere the two may have nothing to do with each other.
  if (server !== 'other' && list !== 'none') causes.add('places-limited');
  if (server !== 'other' && !tcp) causes.add('forwarding-off');
  // However it comes about: nothing at all is forwarded for this login, or only what is listed.
  const sshd = causes.size > 0;
  const near = answers(world, 'near');
  const other = answers(world, 'other');
  if (sshd) causes.add('sshd-refuses');
  if (sshd && (!tcp || key === 'restricted')) causes.add('forwarding-off');
  if (sshd && near === 'prohibited' && other === 'prohibited') causes.add('forwarding-off');
  if (sshd && (near === 'prohibited') !== (other === 'prohibited')) causes.add('places-limited');
  if (socket === 'astray' || socket === 'astray-behind') {
    causes.add('socket-astray').add(socket === 'astray' ? 'socket-missing' : 'socket-behind');
  } else if (socket !== 'open') causes.add(`socket-${socket}`);
  else if (engine === 'stopped' || engine === 'overrun') {
    causes.add('engine-unreached').add(engine === 'stopped' ? 'engine-stopped' : 'engine-hangs');
  }
  return causes;
}

function answers({ key, tcp, list, nearAnswers, otherAnswers }: World, place: 'near' | 'other'): TcpAnswer {
  if (!(place === 'near' ? nearAnswers : otherAnswers)) return 'unknown';
  if (key === 'restricted' || !tcp || (list !== 'none' && list !== place)) return 'prohibited';
  return place === 'near' ? 'opened' : 'nobody';
}

function evidenceOf(world: World): ForwardEvidence {
  const { server, key, told, shell, socket, engine, client, saysWhy } = world;
  const isPosix = shell === 'posix';
  const byPolicy = causesIn(world).has('sshd-refuses');
  return {
    server: server === 'openssh' ? 'openssh' : 'other',
    reason: saysWhy && byPolicy ? 1 : 2,
    key: told ? { portForwarding: key === 'free', command: shell === 'command=', pty: true } : null,
    tcp: { near: answers(world, 'near'), other: answers(world, 'other') },
    shell: (
      {
        posix: { kind: 'posix' },
        'command=': { kind: 'forced' },
        ForceCommand: { kind: 'alike', said: 'hello' },
        none: { kind: 'strange', said: '?' },
        waits: { kind: 'silent', why: 'late' },
        'no sessions': { kind: 'unasked', why: 'refused' },
      } as const
    )[shell],
    socket: isPosix ? socketOf(socket) : null,
    engine: isPosix && socket === 'open' ? engineOf(engine, client) : null,
  };
}

function socketOf(kind: World['socket']): SocketEvidence {
  switch (kind) {
    case 'missing':
      return { kind, leadsTo: null };
    case 'behind':
      return { kind, folder: '/closed', leadsTo: null };
    case 'below':
      return { kind, file: '/file', leadsTo: null };
    case 'astray':
    case 'astray-behind':
      return { kind: 'astray', link: '/link' };
    case 'closed':
      return { kind, owner: null };
    default:
      return { kind };
  }
}

function engineOf(engine: World['engine'], client: World['client']): ForwardEvidence['engine'] {
  if (client === 'none') return { kind: 'unknown', said: 'not found' };
  if (client === 'stuck' || engine === 'hangs') return { kind: 'unknown', said: 'late' };
  if (engine === 'runs') return { kind: 'answers', said: '27' };
  const kind = client === 'vague' ? 'unreached' : engine === 'stopped' ? 'nobody' : 'full';
  return { kind, said: 'Cannot connect', dialled: null };
}

/** Every evidence there is, each with the causes that hold in each of the worlds it may come from. */
function casesOf() {
  const byEvidence = new Map<string, { evidence: ForwardEvidence; causes: Set<ForwardCause>[]; shells: Set<string> }>();
  for (const world of worlds()) {
    const causes = causesIn(world);
    if (causes.size === 0) continue;
    const evidence = evidenceOf(world);
    const key = JSON.stringify(evidence);
    const known = byEvidence.get(key) ?? { evidence, causes: [], shells: new Set<string>() };
    known.causes.push(causes);
    known.shells.add(world.shell);
    byEvidence.set(key, known);
  }
  return [...byEvidence.values()];
}

const CASES = casesOf();

/** What the hint names in one line. */
const TOLD_AS: Partial<Record<ForwardCause, ForwardCause>> = {
  'socket-other': 'socket-missing',
  'socket-behind': 'socket-closed',
  'socket-below': 'socket-missing',
  'socket-astray': 'socket-missing',
  'engine-hangs': 'engine-stopped',
  'engine-unreached': 'engine-stopped',
  'sshd-refuses': 'stream-local-off',
};

it('names a cause only where it holds in every host that would have shown the same', () => {
  const wrong = CASES.flatMap(({ evidence, causes, shells }) => {
    const verdict = judgeForward(evidence);
    if (verdict.kind === 'undetermined') return [];
    if (verdict.cause === 'command-forced') {
      return [...shells].every((shell) => shell === 'command=' || shell === 'ForceCommand')
        ? []
        : [{ verdict, evidence }];
    }
    return causes.every((all) => all.has(verdict.cause)) ? [] : [{ verdict, evidence }];
  });
  expect(wrong).toEqual([]);
});

it('says that it cannot tell only where no cause holds in all of them', () => {
  const shy = CASES.filter(({ evidence, causes }) => {
    if (judgeForward(evidence).kind === 'certain') return false;
    const [first = new Set<ForwardCause>(), ...others] = causes;
    return [...first].some((cause) => others.every((all) => all.has(cause)));
  });
  expect(shy).toEqual([]);
});

it('leaves out of the hint only what is ruled out, and names nothing there that is', () => {
  const wrong = CASES.flatMap(({ evidence, causes }) => {
    const verdict = judgeForward(evidence);
    if (verdict.kind === 'certain') return [];
    const told = new Set(verdict.possible);
    const real = new Set(causes.flatMap((all) => [...all].map((cause) => TOLD_AS[cause] ?? cause)));
    const missing = [...real].filter((cause) => !told.has(cause));
    const idle = [...told].filter((cause) => !real.has(cause));
    return missing.length + idle.length === 0 ? [] : [{ missing, idle, evidence }];
  });
  expect(wrong).toEqual([]);
});

it('sees enough of them to mean something', () => {
  const named = new Set(
    CASES.map(({ evidence }) => judgeForward(evidence)).map((verdict) => ('cause' in verdict ? verdict.cause : null)),
  );
  expect({ many: CASES.length > 400, named: [...named].map(String).sort() }).toEqual({
    many: true,
    named: [
      'command-forced',
      'engine-hangs',
      'engine-stopped',
      'engine-unreached',
      'forwarding-off',
      'key-restricted',
      'null',
      'places-limited',
      'socket-astray',
      'socket-behind',
      'socket-below',
      'socket-closed',
      'socket-missing',
      'socket-other',
      'sshd-refuses',
      'stream-local-off',
    ],
  });
});

it('believes a server that knows no such channel, where nothing else is in the way', () => {
  const judged = (kind: World['socket']) => {
    const { evidence } = CASES.find((each) => each.evidence.socket?.kind === kind) ?? expect.fail();
    return judgeForward({ ...evidence, reason: 3, engine: null });
  };
  expect([judged('open'), judged('missing')]).toEqual([
    { kind: 'certain', cause: 'channel-unknown' },
    { kind: 'certain', cause: 'socket-missing' },
  ]);
});
