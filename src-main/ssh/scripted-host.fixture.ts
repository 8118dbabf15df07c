import ssh2, { type AuthContext, type AuthenticationType, type Connection } from 'ssh2';
import { hopOf } from './hop.fixture.ts';
import type { Hop } from './hop.ts';
import { generateKeyPair } from './login/key-pair.fixture.ts';

const ownKey = generateKeyPair('ed25519').private;

type Judge = (context: AuthContext, connection: { readonly number: number; readonly client: Connection }) => void;

interface ScriptedHost extends AsyncDisposable {
  readonly hop: (changes?: Partial<Hop>) => Hop;
  /** What was tried, in order, by connection: `1 publickey`, `2 password secret`; answers as `1 answers a,b`. */
  readonly heard: string[];
  readonly connections: () => number;
}

/** An SSH server on loopback whose answers to logins are what `judge` says; it opens nothing to whoever got in. */
export async function scriptedHost(judge: Judge, { hostKeys = [ownKey] } = {}): Promise<ScriptedHost> {
  const heard: string[] = [];
  const open = new Set<Connection>();
  let connections = 0;
  const server = new ssh2.Server({ hostKeys: [...hostKeys] }, (client) => {
    connections += 1;
    const number = connections;
    open.add(client);
    client.on('error', () => {});
    client.on('close', () => open.delete(client));
    client.on('authentication', (context) => {
      heard.push(`${number} ${context.method}${context.method === 'password' ? ` ${context.password}` : ''}`);
      judge(context, { number, client });
    });
    client.on('session', (_accept, reject) => reject());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as { port: number };
  return {
    hop: (changes) => hopOf({ host: '127.0.0.1', port, ...changes }),
    heard,
    connections: () => connections,
    [Symbol.asyncDispose]: () => {
      for (const client of open) client.end();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Refuses, naming `methods`; `partial`: what was given was right, and is not enough. */
export function refuse(context: AuthContext, methods: readonly string[], partial = false): void {
  context.reject(methods as AuthenticationType[], partial);
}

/** Asks a round of keyboard-interactive. */
export function round(
  context: AuthContext,
  prompts: readonly { readonly prompt: string; readonly echo: boolean }[],
  then: (answers: readonly string[]) => void,
  { title = '', instructions = '' } = {},
): void {
  if (context.method !== 'keyboard-interactive') throw new Error(`not for ${context.method}`);
  context.prompt([...prompts], title, instructions, (answers) => then(answers as unknown as string[]));
}

/** Takes a key, and refuses all else, naming `methods`. */
export function takesKey(blob: Buffer | null, methods: readonly string[] = ['publickey']) {
  return (context: AuthContext): void => {
    if (context.method === 'publickey' && blob?.equals(context.key.data)) context.accept();
    else refuse(context, methods);
  };
}

/** One question of keyboard-interactive. */
export function question(prompt: string, echo = false) {
  return { prompt, echo };
}
