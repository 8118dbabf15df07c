import type { Dice } from './dice.ts';
import { clockTime, err, iso, type Occasion, out, type Said, type Voice, visitor, webTime } from './voice.ts';

const PAGES = ['/', '/cart', '/products/118', '/products/2041', '/search?q=lamp', '/assets/app-8f3c.js'] as const;
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  'Mozilla/5.0 (iPhone) Safari/605',
  'curl/8.14.1',
] as const;

/** A web server's access log. */
export const access: Voice = {
  greeting: ['/docker-entrypoint.sh: configuration complete; ready for start up', 'listening on port 80'],
  speak(dice, { at, troubled }) {
    const failed = troubled && dice.chance(0.4);
    const status = failed ? 502 : dice.pick([200, 200, 200, 200, 200, 200, 304, 304, 204, 404]);
    const request = `"${dice.chance(0.85) ? 'GET' : 'POST'} ${dice.pick(PAGES)} HTTP/2.0"`;
    const line = `${visitor(dice)} - - [${webTime(at)}] ${request} ${status} ${dice.skewed(180, 60_000)} "-" "${dice.pick(AGENTS)}"`;
    return failed
      ? [...out(line), ...err(`[error] upstream prematurely closed connection, client: ${visitor(dice)}`)]
      : out(line);
  },
  farewell: ['signal 15 (SIGTERM) received, exiting'],
};

/** An HTTP service with levels, its database pool used up while it is unhealthy. */
export const api: Voice = {
  greeting: ['info  config loaded from environment', 'info  connected to postgres:5432', 'info  listening on :8080'],
  speak(dice, { at, troubled }) {
    const user = `user=${dice.int(100, 4_999)}`;
    const path = dice.pick(['/cart', '/checkout', '/orders', '/products', '/session', '/stock']);
    const stamp = clockTime(at);
    if (troubled && dice.chance(0.55)) {
      return dice.pick<() => Said[]>([
        () => out(`${stamp} \u001b[33mwarn\u001b[0m  db pool waiting=${dice.int(9, 70)} idle=0 max=20`),
        () => err(`${stamp} \u001b[31merror\u001b[0m pool exhausted after 5000ms: acquire timeout (20/20 in use)`),
        () => err(`${stamp} \u001b[31merror\u001b[0m GET ${path} 500 ${dice.int(5_001, 5_040)}ms ${user}`),
        () => err(`${stamp} \u001b[31merror\u001b[0m GET /health 503 "db pool exhausted"`),
        () => err(...stackTrace(stamp)),
      ])();
    }
    if (dice.chance(0.04))
      return out(`${stamp} \u001b[33mwarn\u001b[0m  slow query ${dice.int(510, 1_900)}ms orders_by_customer`);
    if (dice.chance(0.15))
      return out(`${stamp} \u001b[36mdebug\u001b[0m cache ${dice.chance(0.8) ? 'hit' : 'miss'} ${user}`);
    return out(`${stamp} \u001b[32minfo\u001b[0m  GET ${path} 200 ${dice.skewed(4, 260)}ms ${user}`);
  },
  farewell: ['info  SIGTERM: draining connections', 'info  bye'],
};

function stackTrace(stamp: string): string[] {
  return [
    `${stamp} \u001b[31merror\u001b[0m unhandled rejection: TimeoutError: could not acquire a connection`,
    '    at Pool.acquire (/app/node_modules/pool/lib/pool.js:412:17)',
    '    at async withTransaction (/app/src/db/transaction.js:28:18)',
    '    at async checkout (/app/src/routes/checkout.js:91:20)',
  ];
}

const JOBS = ['send-receipt', 'sync-stock', 'resize-image', 'export-orders', 'reindex', 'purge-sessions'] as const;

/** Takes jobs from a queue. */
export const worker: Voice = {
  greeting: ['worker ready, 8 threads', 'subscribed to queue default'],
  speak(dice, { at }) {
    const job = `${dice.pick(JOBS)} #${dice.int(10_000, 99_999)}`;
    if (dice.chance(0.03)) return err(`${iso(at)} WARN  ${job} failed: connection reset by peer; attempt 1 of 5`);
    if (dice.chance(0.3)) return out(`${iso(at)} INFO  ${job} started`);
    return out(`${iso(at)} INFO  ${job} done in ${dice.skewed(12, 4_000)} ms`);
  },
  farewell: ['INFO  shutting down, waiting for 2 jobs'],
};

/** The worker that takes more memory than it is given. */
export const hungry: Voice = {
  greeting: ['worker 2.9.0 starting', 'INFO  resuming batch invoices-06 at 0 of 48210'],
  speak(dice, occasion) {
    const mib = Math.min(511, Math.round(150 + (occasion.ageMs / 40_000) * 370));
    const done = Math.round((occasion.ageMs / 40_000) * 31_000);
    if (mib > 440 && dice.chance(0.5)) {
      return err(`${iso(occasion.at)} WARN  heap ${mib} MiB of 512 MiB, collecting took ${dice.int(180, 950)} ms`);
    }
    return out(`${iso(occasion.at)} INFO  invoices-06: ${done} of 48210 rendered, heap ${mib} MiB`);
  },
  farewell: ['INFO  SIGTERM: batch is kept for the next run'],
};

/** Go programs that colour their levels. */
export const forge: Voice = {
  greeting: ['Starting', 'Serving [::]:3000'],
  speak: (dice, { at }) => forgeLine(dice, at),
  farewell: ['Received signal terminated; shutting down'],
};

function forgeLine(dice: Dice, at: Occasion['at']): Said[] {
  const stamp = iso(at).replace('T', ' ').slice(0, 19);
  const path = dice.pick(['/api/v1/user', '/assets/site.css', '/house/infra', '/house/infra/actions', '/rest/ping']);
  if (dice.chance(0.06))
    return err(`${stamp} \u001b[1;33m[W]\u001b[0m slow request ${path} took ${dice.int(1_001, 3_400)} ms`);
  return out(
    `${stamp} \u001b[1;32m[I]\u001b[0m router: completed GET ${path} for ${visitor(dice)}:0, \u001b[32m200 OK\u001b[0m in ${dice.skewed(1, 180)}.${dice.int(0, 9)}ms`,
  );
}
