import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ActionRequest, ContainerAction, Run } from '#contract/actions.ts';
import { type Acts, type ActsService, createActs } from '../lab/acts-app.ts';
import { run as runProgram } from '../lab/run.ts';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import { describeLab } from '../lab/vitest.ts';
import { checkHome } from '../src-main/home/home.ts';
import { until, windowCoreOptions } from '../src-main/window-core.fixture.ts';
import { openWindowCore, type WindowCore } from '../src-main/window-core.ts';
import { runCli } from './cli-process.ts';
import { makeHome, type WindowHome } from './window.ts';

/** A real core on a real engine; what it did is read back with the docker client, and with `binnacle audit`. */
describeLab('actions on a real host', (lab) => {
  let folder: string;
  let sshd: Sshd;
  let home: WindowHome;
  let acts: Acts;
  let core: WindowCore;
  let hostId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'binnacle-actions-'));
    sshd = await startSshd({ hostKeyDir: folder });
    const host = { name: 'lab', target: sshd.target(lab.socketPath), identityFile: sshd.clientKeyFile };
    home = await makeHome([host], { knownHostsFiles: [sshd.knownHostsFile] });
    const beginApp = async () => {
      acts = await createActs(lab, { project: 'acts-core' });
    };
    const openCore = async () => {
      core = await openWindowCore(windowCoreOptions(await checkHome(home.folder)));
    };
    await Promise.all([beginApp(), openCore()]);
    const { fleet } = core.services;
    [hostId = ''] = fleet.hostIds;
    await until(fleet, () => seen('web')?.provisional === false && seen('pg')?.provisional === false);
  });
  afterAll(async () => {
    await core?.[Symbol.asyncDispose]();
    await acts?.[Symbol.asyncDispose]();
    await home?.[Symbol.asyncDispose]();
    await sshd?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const seen = (service: ActsService) =>
    core.services.fleet.host(hostId)?.containers.find(({ container }) => container.id === acts.ids[service])?.container;

  const asked = (action: ContainerAction, service: ActsService): ActionRequest => ({
    action,
    hostId,
    containerId: acts.ids[service],
  });

  /** Plans, confirms, and waits until it has ended. */
  async function act(request: ActionRequest, reason: string | null = null): Promise<Run> {
    const { actions } = core.services;
    const plan = await actions.plan(request, new AbortController().signal);
    const { run } = await actions.run({ plan: plan.id, reason });
    const now = () => actions.runs().find(({ id }) => id === run);
    await until(actions, () => now()?.state !== 'running');
    return now() as Run;
  }

  async function stopAndStart(service: ActsService, reason: string | null = null) {
    const stopped = await act(asked('container.stop', service), reason);
    const afterStop = await acts.state(service);
    const started = await act(asked('container.start', service));
    return { stopped, afterStop, started, afterStart: await acts.state(service) };
  }

  async function restart(service: ActsService) {
    const restarted = await act(asked('container.restart', service));
    return { restarted, afterRestart: await acts.state(service) };
  }

  const refused = (request: ActionRequest) =>
    act(request).then(
      () => 'done',
      ({ code }: { code: string }) => code,
    );

  /** What `binnacle audit show --json` says of a run. */
  async function recorded(run: string) {
    const { stdout } = await runCli(['audit', 'show', '--json', '--home', home.folder]);
    const records = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    return records.filter((record) => record.run === run);
  }

  it('does nothing while the host is only observed', async () => {
    const states = () => Promise.all([acts.state('api'), acts.state('web')]);
    const before = await states();
    const plain = [asked('container.stop', 'api'), asked('container.restart', 'web')];
    const codes = await Promise.all([...plain, { action: 'app.restart', hostId, app: acts.app } as const].map(refused));
    expect({ codes, states: await states() }).toEqual({
      codes: ['OBSERVE_ONLY', 'OBSERVE_ONLY', 'OBSERVE_ONLY'],
      states: before,
    });
  });

  it('is allowed to act by the operator, on the record and over the same connection', async () => {
    await core.services.hosts.setMode({ id: hostId, mode: 'operate' });
    const { stdout, code } = await runCli(['audit', 'show', '--json', '--home', home.folder]);
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect({
      code,
      last: { kind: last.kind, from: last.from, to: last.to, host: last.host.label },
      live: core.services.fleet.host(hostId)?.host.mode,
    }).toEqual({
      code: 0,
      last: { kind: 'mode', from: 'observe', to: 'operate', host: 'lab' },
      live: 'operate',
    });
  });

  // The next three act upon different containers, side by side.
  it.concurrent('stops, starts and restarts a container; docker and the journal say the same', async () => {
    const [{ stopped, afterStop, started, afterStart }, { restarted, afterRestart }] = await Promise.all([
      stopAndStart('api', 'to see it stop'),
      restart('web'),
    ]);

    expect([stopped, started, restarted].map(({ state, message }) => ({ state, message }))).toEqual([
      { state: 'succeeded', message: expect.any(String) },
      { state: 'succeeded', message: expect.any(String) },
      { state: 'succeeded', message: expect.any(String) },
    ]);
    expect([afterStop.status, afterStart.status, afterRestart.status, afterRestart.health]).toEqual([
      'exited',
      'running',
      'running',
      'healthy',
    ]);
    // The container itself went through it: it runs since the restart.
    expect(Date.parse(afterRestart.startedAt)).toBeGreaterThan(Date.parse(restarted.startedAt) - 1_000);

    const [intent, outcome] = await recorded(stopped.id);
    expect(intent).toMatchObject({
      kind: 'intent',
      action: 'container.stop',
      app: acts.app,
      service: 'api',
      reason: 'to see it stop',
      login: {
        user: lab.user,
        hostKey: expect.toBeOneOf(sshd.hostKeys.map(({ fingerprint }) => fingerprint)),
        loginKey: await fingerprintOf(sshd.clientKeyFile),
      },
      before: [{ id: acts.ids.api, name: acts.names.api, state: 'running' }],
    });
    expect(outcome).toMatchObject({
      kind: 'outcome',
      outcome: 'succeeded',
      after: [{ id: acts.ids.api, state: 'exited', exitCode: afterStop.exitCode }],
    });
  });

  it.concurrent('gives a stubborn container its grace, and says that it had to be killed', async () => {
    const { state, message, steps } = await act(asked('container.stop', 'stubborn'));
    const { status, exitCode } = await acts.state('stubborn');
    expect({
      state,
      told: /killed/.test(`${message} ${steps.map(({ note }) => note).join(' ')}`),
      status,
      exitCode,
    }).toEqual({
      state: 'succeeded',
      told: true,
      status: 'exited',
      exitCode: 137,
    });
  });

  it.concurrent('stops a database only when it was unlocked with a reason, once, and on the record', async () => {
    const { actions } = core.services;
    const rows = await acts.addRow();
    const locked = await refused(asked('container.stop', 'pg'));
    const untouched = (await acts.state('pg')).status;
    const key = { hostId, containerId: acts.ids.pg, action: 'container.stop' } as const;
    await actions.unlock({ ...key, reason: 'to move its disk' }, new AbortController().signal);
    const { stopped, afterStop: after, started } = await stopAndStart('pg');
    // The unlock was for one stop.
    const again = await refused(asked('container.stop', 'pg'));
    expect({
      locked,
      untouched,
      stopped: stopped.state,
      request: stopped.steps[0]?.request,
      status: after.status,
      exitCode: after.exitCode,
      started: started.state,
      again,
      rows: await acts.addRow(),
    }).toEqual({
      locked: 'PROTECTED',
      untouched: 'running',
      stopped: 'succeeded',
      request: expect.stringMatching(/stop\?t=(?:6\d|[7-9]\d|\d{3})$/),
      status: 'exited',
      exitCode: 0,
      started: 'succeeded',
      again: 'PROTECTED',
      rows: rows + 1,
    });
    const [intent] = await recorded(stopped.id);
    const { stdout } = await runCli(['audit', 'show', '--json', '--home', home.folder]);
    const unlock = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find(({ kind }) => kind === 'unlock');
    expect([unlock, intent]).toMatchObject([
      { kind: 'unlock', reason: 'to move its disk', action: 'container.stop', container: { id: acts.ids.pg } },
      { kind: 'intent', unlocks: [{ container: { id: acts.ids.pg }, reason: 'to move its disk' }] },
    ]);
  });

  it('restarts an app in the order of what depends on what, without its database and what does not run', async () => {
    const states = async () => ({
      pg: await acts.state('pg'),
      api: await acts.state('api'),
      stubborn: await acts.state('stubborn'),
      web: await acts.state('web'),
    });
    const before = await states();
    const run = await act({ action: 'app.restart', hostId, app: acts.app });
    const after = await states();
    const { pg, stubborn, api, web } = after;
    expect({
      state: run.state,
      leftAlone: { pg, stubborn },
      restarted: api.startedAt > before.api.startedAt && web.startedAt > before.web.startedAt,
      inOrder: api.startedAt < web.startedAt,
      web: web.health,
    }).toEqual({
      state: 'succeeded',
      leftAlone: { pg: before.pg, stubborn: before.stubborn },
      restarted: true,
      inOrder: true,
      web: 'healthy',
    });
    const [intent] = await recorded(run.id);
    expect(intent.leftOut).toEqual([
      { service: 'pg', why: 'protected' },
      { service: 'stubborn', why: 'not-running' },
    ]);
  });

  it('refuses a plan of a container that was recreated since', async () => {
    const { actions } = core.services;
    const plan = await actions.plan(asked('container.restart', 'api'), new AbortController().signal);
    await lab.removeContainer(acts.ids.api);
    await expect(actions.run({ plan: plan.id, reason: null })).rejects.toMatchObject({ code: 'PLAN_STALE' });
  });

  it('has a journal that verifies, from the command line too', async () => {
    const { sound } = await core.services.journal.verify(new AbortController().signal);
    const { code, stdout } = await runCli(['audit', 'verify', '--json', '--home', home.folder]);
    expect({ sound, code, cli: JSON.parse(stdout).verification.sound }).toEqual({ sound: true, code: 0, cli: true });
  });
});

/** Of the public half, as ssh-keygen prints it. */
async function fingerprintOf(keyFile: string): Promise<string> {
  return (await runProgram('ssh-keygen', ['-lf', keyFile])).split(' ')[1] ?? '';
}
