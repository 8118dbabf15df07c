import { describe, expect, it } from 'vitest';
import { type Place, placeOf } from './grouping.ts';

const COMPOSE = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'api',
  'com.docker.compose.container-number': '2',
  'com.docker.compose.oneoff': 'False',
};

interface Case {
  readonly what: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mapping?: Readonly<Record<string, string>>;
  readonly place: Place;
}

const CASES: readonly Case[] = [
  {
    what: 'nothing but a name',
    name: 'caddy',
    labels: {},
    place: { app: 'caddy', service: 'caddy', number: null, oneOff: false },
  },
  {
    what: 'Compose labels',
    name: 'shop-api-2',
    labels: COMPOSE,
    place: { app: 'shop', service: 'api', number: 2, oneOff: false },
  },
  {
    what: 'a Compose one-off, which stays in its app',
    name: 'shop-api-run-1f',
    labels: { ...COMPOSE, 'com.docker.compose.oneoff': 'True', 'com.docker.compose.container-number': '1' },
    place: { app: 'shop', service: 'api', number: 1, oneOff: true },
  },
  {
    what: 'podman-compose labels',
    name: 'blog_web_1',
    labels: { 'io.podman.compose.project': 'blog', 'io.podman.compose.service': 'web' },
    place: { app: 'blog', service: 'web', number: null, oneOff: false },
  },
  {
    what: 'a task of a swarm stack',
    name: 'shop_web.3.x1y2',
    labels: {
      'com.docker.stack.namespace': 'shop',
      'com.docker.swarm.service.name': 'shop_web',
      'com.docker.swarm.task.name': 'shop_web.3.x1y2',
    },
    place: { app: 'shop', service: 'web', number: 3, oneOff: false },
  },
  {
    what: 'a swarm service without a stack',
    name: 'cron.1.x1',
    labels: { 'com.docker.swarm.service.name': 'cron', 'com.docker.swarm.task.name': 'cron.1.x1' },
    place: { app: 'cron.1.x1', service: 'cron', number: 1, oneOff: false },
  },
  {
    what: "the operator's mapping by container, before labels and the mapping by service",
    name: 'shop-api-2',
    labels: COMPOSE,
    mapping: { 'shop-api-2': 'storefront', api: 'backends' },
    place: { app: 'storefront', service: 'api', number: 2, oneOff: false },
  },
  {
    what: "the operator's mapping by service",
    name: 'shop-api-2',
    labels: COMPOSE,
    mapping: { api: 'backends' },
    place: { app: 'backends', service: 'api', number: 2, oneOff: false },
  },
  {
    what: 'a name that every object has',
    name: 'constructor',
    labels: {},
    mapping: {},
    place: { app: 'constructor', service: 'constructor', number: null, oneOff: false },
  },
  {
    what: 'empty labels and a number that is none',
    name: 'web',
    labels: {
      'com.docker.compose.project': '  ',
      'com.docker.compose.service': '',
      'com.docker.compose.container-number': '-1',
    },
    place: { app: 'web', service: 'web', number: null, oneOff: false },
  },
  {
    what: 'a label that would steer a terminal',
    name: 'web',
    labels: { 'com.docker.compose.project': 'a\u001b[2Jb\u202e' },
    place: { app: 'a␛[2Jb\\u{202e}', service: 'web', number: null, oneOff: false },
  },
];

describe('placeOf', () => {
  it.each(CASES)('knows $what', ({ name, labels, mapping, place }) => {
    expect(placeOf(name, labels, mapping ?? {})).toEqual(place);
  });
});
