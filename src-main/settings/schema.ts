import { z } from 'zod';
import { limits } from '../kernel/limits.ts';

/** Version of the settings file this Binnacle writes. A file of a later one is never touched. */
export const SETTINGS_SCHEMA = 1;

const bound = limits.settings;
const Text = z.string().min(1).max(limits.text.labelChars);
const FilePath = z.string().min(1).max(bound.pathChars);

const Services = z
  .array(z.looseObject({ app: Text, service: Text }))
  .max(bound.listEntries)
  .default([]);

/** Runs that may be begun within a minute. */
const rate = (usual: number) => z.int().min(1).max(600).default(usual);

/** `loose` throughout: what a later Binnacle of the same schema added is carried along, not lost (see {@link Settings}). */
const HostSchema = z.looseObject({
  /** Given when the host was added; never its address. */
  id: z.uuid(),
  /** What the operator calls it. */
  name: z.string().min(1).max(bound.nameChars).optional(),
  /** `ssh://…` in its one form (`formatTarget`); what was written by hand may be another, or no target at all. */
  target: z.string().min(1).max(bound.pathChars),
  /** `observe`: reads only, whatever a window asks (DESIGN rule 1). */
  mode: z.enum(['observe', 'operate']).default('observe'),
  /** Absolute paths of private keys; never keys. Empty: the agent, then the usual files. */
  identityFiles: z.array(FilePath).max(bound.identityFiles).default([]),
  /** Services whose absence is `down`. */
  pinned: Services,
  /** Services that must not be acted upon without an unlock, although nothing else protects them. */
  protected: Services,
  /** Ids of containers whose exit the operator has accepted. */
  accepted: z.array(Text).max(bound.listEntries).default([]),
  /** The operator's own mapping: container name to app name. */
  apps: z
    .record(Text, Text)
    .refine((apps) => Object.keys(apps).length <= bound.listEntries, 'too many entries')
    .default({}),
  changesPerMinute: rate(limits.actions.changesPerMinute),
  /** Of those the ones that destroy something. */
  destroysPerMinute: rate(limits.actions.destroysPerMinute),
});

const seconds = (min: number, max: number, usualMs: number) =>
  z
    .number()
    .min(min)
    .max(max)
    .default(usualMs / 1000);

export const SettingsSchema = z.looseObject({
  schema: z.literal(SETTINGS_SCHEMA),
  hosts: z
    .array(HostSchema)
    .max(bound.hosts)
    .superRefine((hosts, context) => {
      const ids = hosts.map(({ id }) => id);
      const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
      if (twice !== -1) context.addIssue({ code: 'custom', path: [twice, 'id'], message: 'stands there twice' });
    })
    .default([]),
  secrets: z
    .looseObject({
      /** How long passphrases and passwords are kept in memory, in minutes; 0: not at all. */
      memoryMinutes: z.int().min(0).max(10_080).default(480),
    })
    .prefault({}),
  /** `system`: day or night as the machine has it. */
  theme: z.enum(['system', 'day', 'night']).default('system'),
  intervals: z
    .looseObject({
      /** Between two full lists, which catch what events missed. */
      refreshSeconds: seconds(2, 3_600, limits.fleet.refreshMs),
      /** Between two load samples of a running container. */
      sampleSeconds: seconds(1, 3_600, limits.fleet.sampleMs),
    })
    .prefault({}),
});

/** The declared members alone, deeply: the index signature of a loose object would hide misspelt names. */
type Known<T> = T extends readonly (infer Item)[]
  ? readonly Known<Item>[]
  : T extends object
    ? string extends keyof T
      ? KnownMembers<T>
      : { readonly [Key in keyof T]: Known<T[Key]> }
    : T;
type KnownMembers<T> =
  Record<never, never> extends { [Key in keyof T as string extends Key ? never : Key]: T[Key] }
    ? { readonly [Key in keyof T]: T[Key] }
    : { readonly [Key in keyof T as string extends Key ? never : Key]: Known<T[Key]> };

/**
 * What the operator has set. At run time an object may hold members this version does not know: change settings by
 * spreading (`{...settings, hosts}`), and they are written back.
 */
export type Settings = Known<z.infer<typeof SettingsSchema>>;
export type HostSettings = Settings['hosts'][number];

/** The settings of who has set nothing. */
export function defaultSettings(): Settings {
  return SettingsSchema.parse({ schema: SETTINGS_SCHEMA });
}
