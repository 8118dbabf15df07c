import { expect, test } from 'vitest';

// The page knows no Node, so its types are not here; the style sheets are read as they are written, not as built.
const files: string = 'node:fs';
const { readFileSync } = (await import(files)) as { readFileSync(file: URL, encoding: 'utf8'): string };
const css = readFileSync(new URL('./log-row.module.css', import.meta.url), 'utf8');
const theme = readFileSync(new URL('../../app/theme.css', import.meta.url), 'utf8');

type Pair = readonly [day: string, night: string];

function token(name: string): Pair {
  const [, day, night] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(theme) ?? [];
  if (day === undefined || night === undefined) throw new Error(`${name} is no token`);
  return [day, night];
}

function rules(property: 'color' | 'background', prefix: 'c' | 'b'): Map<string, Pair> {
  const found = new Map<string, Pair>();
  for (const [, selectors = '', body = ''] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const [, day, night] = new RegExp(`(?:^|\\s)${property}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(body) ?? [];
    for (const [, name = ''] of selectors.matchAll(/\.([cb]\d+)\b/g))
      if (name.startsWith(prefix) && day !== undefined && night !== undefined) found.set(name, [day, night]);
  }
  return found;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const numbers = Array.from({ length: 16 }, (_, i) => i);
const tooClose = (pairs: Map<string, Pair>, other: Pair) =>
  [...pairs].flatMap(([name, pair]) =>
    [0, 1].flatMap((theme) => {
      const ratio = contrast(pair[theme] ?? '', other[theme] ?? '');
      return ratio >= 4.5 ? [] : [`${name} ${pair[theme]} ${ratio.toFixed(2)}`];
    }),
  );

test('each of the 16 colours can be read on the surface, in both themes', () => {
  const colours = rules('color', 'c');
  expect([...colours.keys()]).toEqual(numbers.map((number) => `c${number}`));
  expect(tooClose(colours, token('surface-1'))).toEqual([]);
});

test('text can be read on each of the 16 backgrounds, and where it was found', () => {
  const backgrounds = rules('background', 'b');
  expect(new Set(backgrounds.keys())).toEqual(new Set(numbers.map((number) => `b${number}`)));
  backgrounds.set('found', token('mark'));
  expect(tooClose(backgrounds, token('text-1'))).toEqual([]);
});
