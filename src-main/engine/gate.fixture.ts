import { AppError } from '../kernel/errors.ts';
import { checkRequest, ENGINE_GATE, type GateRequest, type HostMode } from './gate.ts';

export const ID = '0123456789ab'.repeat(6).slice(0, 64);
export const FILTERS = '%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%7D';

/** One of each kind of change the gate lets through, with the name of its entry and its deadline in milliseconds. */
export const CHANGES: readonly (readonly [path: string, name: string, deadlineMs: number])[] = [
  [`/v1.41/containers/${ID}/start`, 'start container', 20_000],
  [`/v1.41/containers/${ID}/stop?t=0`, 'stop container', 20_000],
  [`/v1.51/containers/${ID}/stop?t=10`, 'stop container', 30_000],
  [`/v1.41/containers/${ID}/stop?t=600`, 'stop container', 620_000],
  [`/v1.41/containers/${ID}/restart?t=60`, 'restart container', 80_000],
];

/** One of each kind of read the gate lets through, with the name of its entry. */
export const ALLOWED: readonly (readonly [path: string, name: string])[] = [
  ['/_ping', 'ping'],
  ['/version', 'version'],
  ['/v1.41/containers/json?all=true', 'list containers'],
  ['/v1.51/containers/json?all=1', 'list containers'],
  [`/v1.41/containers/${ID}/json`, 'inspect container'],
  ['/v1.44/containers/0123456789ab/json', 'inspect container'],
  [`/v1.41/containers/${ID}/stats?stream=false&one-shot=true`, 'container stats'],
  [`/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true`, 'container logs'],
  [`/v1.41/containers/${ID}/logs?follow=false&stdout=true&stderr=false&timestamps=false&tail=100`, 'container logs'],
  [
    `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&tail=5&since=1700000000.123&until=1700000009`,
    'container logs',
  ],
  ['/v1.41/networks', 'list networks'],
  [`/v1.41/events?filters=${FILTERS}`, 'events'],
  [`/v1.41/events?since=1700000000&filters=${FILTERS}`, 'events'],
  [`/v1.41/events?since=1700000000.000000001&until=1700000001&filters=${FILTERS}`, 'events'],
];

export function passes(
  path: string,
  request: Partial<GateRequest> = {},
  mode: HostMode = 'operate',
  gate = ENGINE_GATE,
): boolean {
  try {
    checkRequest({ method: 'GET', hasBody: false, ...request, path }, mode, gate);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'GATE_REFUSED') return false;
    throw error;
  }
}
