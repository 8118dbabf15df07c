import type { Voice } from './voice.ts';
import { cron, imap, java, media, metrics, python, smtp, spamFilter, terminal, transcode } from './voices-house.ts';
import { mariadb, mqtt, postgres, redis } from './voices-stores.ts';
import { access, api, forge, hungry, worker } from './voices-web.ts';

const voices = {
  access,
  api,
  cron,
  forge,
  hungry,
  imap,
  java,
  mariadb,
  media,
  metrics,
  mqtt,
  postgres,
  python,
  redis,
  smtp,
  spamFilter,
  terminal,
  transcode,
  worker,
} as const satisfies Readonly<Record<string, Voice>>;

export type VoiceName = keyof typeof voices;

export const voiceOf = (name: VoiceName): Voice => voices[name];
