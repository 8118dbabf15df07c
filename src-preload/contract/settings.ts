import { z } from 'zod';
import { procedure } from './procedures.ts';

export const Theme = z.enum(['system', 'day', 'night']);
export type Theme = z.infer<typeof Theme>;

/** The settings a window shows; hosts have their own domain. */
export const WindowSettings = z.object({
  theme: Theme,
  /** Between two full lists of a host, in seconds. */
  refreshSeconds: z.number().min(2).max(3_600),
  /** Between two load samples of a container that is shown, in seconds. */
  sampleSeconds: z.number().min(1).max(3_600),
  /** How long passphrases and passwords are kept in memory, in minutes; 0: not at all. */
  secretMinutes: z.int().min(0).max(10_080),
});
export type WindowSettings = z.infer<typeof WindowSettings>;

/** Where things are kept, for the operator to find them. */
export const Places = z.object({
  home: z.string(),
  settingsFile: z.string(),
  knownHostsFile: z.string(),
  logFile: z.string(),
  journalFolder: z.string(),
});
export type Places = z.infer<typeof Places>;

export const settings = {
  /** Saves what is given and leaves the rest; running hosts follow at once. In the demo it is kept for the session. */
  change: procedure.input(WindowSettings.partial()).output(WindowSettings),
  places: procedure.output(Places),
  /** Forgets every passphrase and password, in memory and in the keychain; connections that stand go on. */
  forgetSecrets: procedure.output(z.object({ forgotten: z.int().min(0) })),
};
