import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/** What a host says to a person in a challenge, line by line, each made visible; what is beyond the bounds is left out. */
export function hostWords(text: string): string[] {
  const bounded = text.slice(0, limits.hosts.challengeLines * limits.text.reasonChars);
  const lines = bounded.split(/\r\n|\n|\r/, limits.hosts.challengeLines);
  const words = lines.map((line) => visibleText(line.trimEnd(), limits.text.reasonChars));
  while (words.at(-1) === '') words.pop();
  return words;
}
