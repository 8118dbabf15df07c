import { err, iso, out, spaced, type Voice } from './voice.ts';

const TABLES = ['orders', 'sessions', 'invoices', 'files', 'events', 'users'] as const;

/** PostgreSQL writes everything to stderr. */
export const postgres: Voice = {
  greeting: [
    'LOG:  starting PostgreSQL 16.9 (Debian 16.9-1.pgdg120+1) on x86_64-pc-linux-gnu',
    'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
    'LOG:  database system is ready to accept connections',
  ],
  speak(dice, { at }) {
    const head = `${spaced(at)} UTC [${dice.int(30, 4_000)}]`;
    const table = dice.pick(TABLES);
    if (dice.chance(0.18)) {
      const buffers = dice.skewed(20, 4_000);
      return err(
        `${head} LOG:  checkpoint complete: wrote ${buffers} buffers (${(buffers / 164).toFixed(1)}%); write=${dice.int(2, 90)}.${dice.int(100, 999)} s`,
      );
    }
    if (dice.chance(0.03)) {
      return err(
        `${head} ERROR:  duplicate key value violates unique constraint "${table}_pkey"`,
        `${head} DETAIL:  Key (id)=(${dice.int(1_000, 90_000)}) already exists.`,
        `${head} STATEMENT:  INSERT INTO ${table} (id, state) VALUES ($1, $2)`,
      );
    }
    if (dice.chance(0.2)) return err(`${head} LOG:  automatic vacuum of table "app.public.${table}": index scans: 0`);
    return err(
      `${head} LOG:  duration: ${dice.skewed(100, 2_400)}.${dice.int(100, 999)} ms  statement: SELECT * FROM ${table} WHERE updated_at > $1 LIMIT 500`,
    );
  },
  farewell: ['LOG:  received smart shutdown request', 'LOG:  database system is shut down'],
};

export const mariadb: Voice = {
  greeting: ['[Note] InnoDB: Buffer pool(s) load completed', '[Note] mariadbd: ready for connections. port: 3306'],
  speak(dice, { at }) {
    const head = `${spaced(at).slice(0, 19)} ${dice.int(3, 900)}`;
    if (dice.chance(0.2)) {
      return err(
        `${head} [Warning] Aborted connection ${dice.int(10, 900)} to db: 'nextcloud' (Got timeout reading communication packets)`,
      );
    }
    return err(
      `${head} [Note] InnoDB: page_cleaner: ${dice.int(900, 1_100)}ms intended loop took ${dice.int(1_000, 1_600)}ms`,
    );
  },
  farewell: ['[Note] mariadbd: Normal shutdown', '[Note] mariadbd: Shutdown complete'],
};

export const redis: Voice = {
  greeting: ['1:M * Ready to accept connections tcp'],
  speak(dice, { at }) {
    const head = `1:M ${iso(at).slice(0, 10)} ${iso(at).slice(11, 23)} *`;
    if (dice.chance(0.5)) return out(`${head} ${dice.int(10, 900)} changes in 300 seconds. Saving...`);
    return out(`${head} Background saving terminated with success`);
  },
  farewell: [
    '1:signal-handler Received SIGTERM scheduling shutdown...',
    '1:M # Redis is now ready to exit, bye bye...',
  ],
};

export const mqtt: Voice = {
  greeting: ['mosquitto version 2.0.21 starting', 'Opening ipv4 listen socket on port 1883.'],
  speak(dice, { at }) {
    const client = dice.pick(['zigbee2mqtt', 'homeassistant', 'esp-garage', 'esp-boiler']);
    const seconds = Math.floor(at / 1_000);
    if (dice.chance(0.3))
      return out(
        `${seconds}: New client connected from 172.25.0.${dice.int(2, 9)}:${dice.int(30_000, 60_000)} as ${client} (p2, c1, k60).`,
      );
    return out(`${seconds}: Received PINGREQ from ${client}`, `${seconds}: Sending PINGRESP to ${client}`);
  },
  farewell: ['mosquitto version 2.0.21 terminating'],
};
