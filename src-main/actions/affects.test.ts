import { describe, expect, it } from 'vitest';
import type { EngineChange } from '#contract/actions.ts';
import type { ContainerDetail } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import { affectsOf } from './affects.ts';
import { container, FakeHost, HOST_ID } from './host.fixture.ts';
import { findSubjects } from './subjects.ts';

const DEPENDS = 'com.docker.compose.depends_on';
const api = container({
  id: 'a41c',
  networks: ['shop_default', 'edge', 'bridge'],
  volumes: ['uploads', '/srv/media', '/var/run/docker.sock', '/etc/localtime'],
  ports: [
    { hostIp: '0.0.0.0', hostPort: 443, containerPort: 3000, protocol: 'tcp' },
    { hostIp: '::', hostPort: 443, containerPort: 3000, protocol: 'tcp' },
    { hostIp: null, hostPort: null, containerPort: 9000, protocol: 'tcp' },
  ],
});

async function affects(
  others: readonly ContainerDetail[],
  what: EngineChange = 'restart',
  about: ContainerDetail = api,
) {
  const host = new FakeHost('atlas').put(about, ...others);
  const request = { action: 'container.restart', hostId: HOST_ID, containerId: about.id } as const;
  const subjects = await findSubjects(host, request, new AbortController().signal);
  return affectsOf(what, subjects, host.containers);
}

describe('affectsOf', () => {
  const web = container({ id: '01', service: 'web', labels: { [DEPENDS]: 'api:service_healthy:false' } });
  const worker = container({ id: '02', service: 'worker', volumes: ['uploads'], labels: { [DEPENDS]: 'api' } });
  const proxy = container({ id: '03', app: 'proxy', service: 'traefik', networks: ['edge', 'bridge'] });
  const blog = container({
    id: '04',
    app: 'blog',
    service: 'blog',
    networks: ['edge'],
    volumes: ['/srv/media', '/var/run/docker.sock', '/etc/localtime'],
  });
  const stopped = container({
    id: '05',
    app: 'old',
    service: 'old',
    state: 'exited',
    networks: ['edge'],
    volumes: ['uploads'],
  });
  const namesake = container({
    id: '06',
    app: 'other',
    service: 'web',
    labels: { [DEPENDS]: 'api:service_started:true' },
  });

  it('says what depends on it, what is served through it, and who shares its volumes and networks', async () => {
    expect(await affects([worker, web, proxy, blog, stopped, namesake])).toEqual([
      'web and worker depend on api.',
      'Port 443 is served through it.',
      'blog shares the folder /srv/media.',
      'worker shares the volume uploads.',
      'blog and proxy / traefik share the network edge.',
    ]);
  });

  it('says of a start only who shares its volumes', async () => {
    expect(await affects([worker, web, proxy, blog], 'start')).toEqual([
      'blog shares the folder /srv/media.',
      'worker shares the volume uploads.',
    ]);
  });

  it('is calm where nothing feels it', async () => {
    const alone = container({ id: 'a41c' });
    expect(await affects([container({ id: '07', service: 'web' })], 'restart', alone)).toEqual([]);
  });

  it('names a few, and counts the rest', async () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      container({ id: `1${index}`, service: `w${index}`, labels: { [DEPENDS]: 'api' } }),
    );
    expect((await affects(many))[0]).toBe('w0, w1, w2 and 6 more depend on api.');
  });

  it('says so many sentences, and counts the rest', async () => {
    const networks = Array.from({ length: 20 }, (_, index) => `n${String(index).padStart(2, '0')}`);
    const sentences = await affects(
      [container({ id: '08', app: 'blog', service: 'blog', networks })],
      'stop',
      container({ id: 'a41c', networks }),
    );
    expect(sentences).toHaveLength(limits.actions.affects);
    expect(sentences.slice(-2)).toEqual(['blog shares the network n10.', 'And 9 more.']);
  });

  it('shows no name as it came', async () => {
    const network = 'ed\u202ege';
    expect(
      await affects(
        [{ ...proxy, networks: [{ name: network, networkId: 'n', ip: null }] }],
        'stop',
        container({ id: 'a41c', networks: [network] }),
      ),
    ).toEqual(['proxy / traefik shares the network ed\\u{202e}ge.']);
  });
});
