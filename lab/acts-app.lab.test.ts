import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Acts, type ActsService, createActs } from './acts-app.ts';
import { faultyWay } from './faulty-way.ts';
import { run } from './run.ts';
import { describeLab } from './vitest.ts';

describeLab('an app to act upon', (lab) => {
  const project = 'acts-tried';
  let killed: Acts;
  let acts: Acts;

  beforeAll(async () => {
    // As by a run that was killed: it has to make way for the next.
    killed = await createActs(lab, { project });
    await killed.addRow();
    acts = await createActs(lab, { project });
  });
  afterAll(() => acts[Symbol.asyncDispose]());

  it('stands as planned when it is handed over, whatever an earlier run has left', async () => {
    const services = Object.keys(acts.ids) as ActsService[];
    const seen = await Promise.all(
      services.map(async (service) => {
        const { status, health } = await acts.state(service);
        const format = '{{.Name}} needs {{index .Config.Labels "com.docker.compose.depends_on"}}';
        return [status, health, (await lab.docker(['inspect', '--format', format, acts.ids[service]])).trim()];
      }),
    );
    expect([Object.fromEntries(seen.map((one, place) => [services[place], one])), await acts.addRow()]).toEqual([
      {
        web: ['running', 'healthy', `/${acts.names.web} needs api:service_started:false`],
        api: ['running', null, `/${acts.names.api} needs pg:service_healthy:false`],
        stubborn: ['running', null, `/${acts.names.stubborn} needs`],
        pg: ['running', 'healthy', `/${acts.names.pg} needs`],
      },
      1,
    ]);
    expect([acts.names.web, services.filter((service) => acts.ids[service] === killed.ids[service])]).toEqual([
      `${project}-web-1`,
      [],
    ]);
  });

  it('ends as each of its services does, comes back, and tells of it', async () => {
    const stop = (service: ActsService, query = '') => lab.api.post(`/containers/${acts.ids[service]}/stop${query}`);
    for (const service of ['web', 'api', 'stubborn'] as const) await stop(service);
    await stop('pg', '?t=60');
    const ends = await Promise.all((['web', 'api', 'stubborn', 'pg'] as const).map(acts.state));
    await lab.api.post(`/containers/${acts.ids.pg}/start`);
    await expect.poll(async () => (await acts.state('pg')).health, { timeout: 20_000 }).toBe('healthy');
    expect([ends.map(({ exitCode }) => exitCode), await acts.addRow(), await acts.events()]).toEqual([
      [0, 0, 137, 0],
      2,
      [
        ...['kill web 15', 'die web 0', 'stop web'],
        ...['kill api 15', 'die api 0', 'stop api'],
        ...['kill stubborn 15', 'kill stubborn 9', 'die stubborn 137', 'stop stubborn'],
        ...['kill pg 15', 'die pg 0', 'stop pg'],
        ...['start pg', 'health_status: healthy pg'],
      ],
    ]);
  });

  it('leaves nothing', async () => {
    await acts[Symbol.asyncDispose]();
    expect([
      await lab.docker(['ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${project}`]),
      await lab.docker(['network', 'ls', '--quiet', '--filter', `name=${project}_`]),
      await lab.docker(['volume', 'ls', '--quiet', '--filter', `name=${project}_`]),
    ]).toEqual(['', '', '']);
  });
});

describeLab('a faulty way to the lab', (lab) => {
  it('leads there until it is cut, and again when it is healed', async () => {
    await using way = await faultyWay(lab);
    const ssh = (command: string) =>
      run('ssh', [
        ...['-F', 'none', '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${way.knownHostsFile}`],
        ...['-i', lab.clientKeyFile, '-p', String(way.port), `${lab.user}@${way.host}`, command],
      ]);
    expect(await ssh('echo there')).toBe('there\n');
    const under = ssh('sleep 60');
    await expect.poll(() => way.connections).toBe(1);
    way.cut();
    await expect(under).rejects.toThrow('ended with 255');
    await expect(ssh('echo there')).rejects.toThrow('Connection refused');
    await way.heal();
    expect(await ssh('echo again')).toBe('again\n');
  });
});
