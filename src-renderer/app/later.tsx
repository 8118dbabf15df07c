import { type ComponentType, createElement, lazy, useState } from 'react';
import { loadPart } from './persistently.ts';

const parts: (() => Promise<void>)[] = [];

/**
 * A part that is loaded when it is first drawn, or before. What was loaded before is drawn at once: behind `lazy` React
 * would show nothing for 300 ms even then, and what is typed meanwhile would be lost.
 */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): () => ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  const loaded = () => loadPart(load);
  const Lazy: ComponentType<Props> = lazy(async () => ({ default: await loaded() })) as ComponentType<Props>;
  parts.push(async () => {
    known = await loaded();
  });
  return () => known ?? Lazy;
}

interface PartProps<Props> {
  readonly of: () => ComponentType<Props>;
  readonly props: Props;
}

/** Stays with what it was first drawn with: another component would begin anew. */
export function Part<Props extends object>({ of, props }: PartProps<Props>) {
  const [chosen] = useState(of);
  return createElement(chosen, props);
}

/** Loads all of them now. What cannot be loaded is loaded when it is asked for. */
export function loadParts(): void {
  for (const load of parts) load().catch(() => undefined);
}
