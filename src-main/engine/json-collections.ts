import { z } from 'zod';

/**
 * A list, read element by element up to the first that is wrong. zod's own array collects what is wrong with every
 * one: a hostile megabyte of `[{},{},…]` held the process for seconds, and six ended it.
 */
export function listOf<T>(element: z.ZodType<T>) {
  return z.unknown().transform((json, context): T[] => {
    if (!Array.isArray(json)) return wrong(context, json, 'expected a list');
    const list: T[] = [];
    for (const [index, item] of json.entries()) {
      const parsed = element.safeParse(item);
      if (!parsed.success) return wrongWithin(context, index, parsed.error);
      list.push(parsed.data);
    }
    return list;
  });
}

/** A JSON object as a map, read entry by entry up to the first that is wrong; see {@link listOf}. */
export function recordOf<T>(value: z.ZodType<T>, key: z.ZodType<string> | null = null) {
  return z.unknown().transform((json, context): Record<string, T> => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return wrong(context, json, 'expected an object');
    }
    const record: Record<string, T> = {};
    for (const [name, item] of Object.entries(json)) {
      // Assigned, it would be the record's prototype. zod leaves it out as well.
      if (name === '__proto__') continue;
      const fault = key?.safeParse(name).error;
      if (fault !== undefined) return wrongWithin(context, name, fault);
      const parsed = value.safeParse(item);
      if (!parsed.success) return wrongWithin(context, name, parsed.error);
      record[name] = parsed.data;
    }
    return record;
  });
}

function wrong({ issues }: z.core.ParsePayload, input: unknown, message: string): never {
  issues.push({ code: 'custom', input, message, path: [] });
  return z.NEVER;
}

function wrongWithin({ issues }: z.core.ParsePayload, key: PropertyKey, { issues: [first] }: z.ZodError): never {
  issues.push({ code: 'custom', input: key, message: first?.message ?? '', path: [key, ...(first?.path ?? [])] });
  return z.NEVER;
}
