import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrialEvent } from '#contract/hosts.ts';
import { describeLab } from '../lab/vitest.ts';
import { runCli } from './cli-process.ts';
import { answerRows } from './matrix-answer-rows.ts';
import { closedSocketRows } from './matrix-closed-socket-rows.ts';
import { engineRows } from './matrix-engine-rows.ts';
import { expectFollowed, expectTried } from './matrix-expect.ts';
import { type Ground, startGround } from './matrix-ground.ts';
import { hostKeyRows } from './matrix-host-key-rows.ts';
import { keyRows } from './matrix-key-rows.ts';
import type { Row } from './matrix-row.ts';
import { followed, tried, usualScene } from './matrix-scene.ts';
import { socketRows } from './matrix-socket-rows.ts';
import { wayRows } from './matrix-way-rows.ts';

const together = [...wayRows, ...keyRows, ...answerRows, ...socketRows, ...closedSocketRows, ...engineRows];
const rows = [...hostKeyRows, ...together];
/**
 * What sshd's log says of one host key row must not come from another. And pam_oath, which keeps the codes of all accounts
 * in one file, refuses right codes where two log in at once (6 of 120 with OpenSSH's own client, and none in turn).
 */
const inTurn = [...hostKeyRows, ...together.filter(({ account }) => account?.codes)];

/** Every set-up that the README names, against real OpenSSH and real engines: state, cause and fix. */
describeLab(
  'set-ups of hosts',
  (lab) => {
    let ground: Ground;
    let home = '';
    const before = process.env.HOME;
    beforeAll(async () => {
      // Where nothing is named, the keys of whoever runs this would be tried.
      home = await mkdtemp(join(tmpdir(), 'binnacle-nobody-'));
      process.env.HOME = home;
      ground = await startGround(lab, rows);
    }, 120_000);
    afterAll(async () => {
      if (before === undefined) delete process.env.HOME;
      else process.env.HOME = before;
      await ground?.[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    });

    async function walk(row: Row): Promise<void> {
      await using stage = await ground.stage(row);
      const scene = { ...usualScene(stage), ...(await row.arrange?.(stage)) };
      expectTried(await tried(scene, stage), row.expected);
      await scene.afterTrial?.();
      const { expected } = row;
      const problems = expected.outcome === 'reached' ? (expected.problems?.length ?? 0) : 0;
      expectFollowed(await followed(scene, stage, problems), expected);
      await scene.afterFollowing?.();
    }
    const titled = (some: readonly Row[]) => some.map((row) => [`${row.area}: ${row.name}`, row] as const);

    describe.concurrent('side by side', () => {
      const slowFirst = together
        .filter((row) => !inTurn.includes(row))
        .toSorted((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
      it.each(titled(slowFirst))('%s', (_, row) => walk(row));
    });
    describe('one after the other', () => {
      it.each(titled(inTurn))('%s', (_, row) => walk(row));
    });

    it.each(titled(rows.filter(({ cli }) => cli)))('as the command line says it: %s', async (_, row) => {
      await using stage = await ground.stage(row);
      const scene = { ...usualScene(stage), ...(await row.arrange?.(stage)) };
      const files = scene.identityFiles.flatMap((file) => ['--identity', file]);
      const known = scene.knownHosts === null ? [] : ['--known-hosts', scene.knownHosts];
      const config = ['--ssh-config', scene.config ?? 'none', ...known];
      const { code, stdout } = await runCli(['hosts', 'test', scene.target, ...files, ...config, '--json']);
      const { steps, result } = JSON.parse(stdout) as { steps: TrialEvent[]; result: TrialEvent };
      expectTried({ events: [...steps, TrialEvent.parse(result)], asked: [] }, row.expected);
      expect(code === 0).toBe(row.expected.outcome === 'reached');
    });

    it('are those of the README', async () => {
      const readme = await readFile(join(import.meta.dirname, '..', 'README.md'), 'utf8');
      const table = Array.from(readme.matchAll(/^\| (Way|Host key|Login|Socket|Engine) +\| (.*?) +\| (.*?) +\|$/gm));
      const named = table.map(([, area, through, stops]) => ({
        area,
        through: through?.split('; '),
        stops: stops?.split('; '),
      }));
      const namesOf = (area: string, outcome: string) =>
        rows.filter((row) => row.area === area && row.expected.outcome === outcome).map(({ name }) => name);
      expect(named).toEqual(
        ['Way', 'Host key', 'Login', 'Socket', 'Engine'].map((area) => ({
          area,
          through: namesOf(area, 'reached'),
          stops: namesOf(area, 'stopped'),
        })),
      );
    });
  },
  ['accounts', 'haproxy', 'podman'],
);
