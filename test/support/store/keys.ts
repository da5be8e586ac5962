/**
 * Keys that stores must take, and texts that they must refuse.
 */

/** Valid keys that trip naive stores: each is one object, distinct from all others. */
export const ODD_KEYS: ReadonlyArray<string> = [
  "plain",
  "UPPER",
  "upper",
  "with space/and more ",
  " leading",
  "percent%20encoded",
  "percent encoded",
  "plus+plus",
  "question?query=1#fragment",
  "quote'double\"back`tick",
  "back\\slash",
  "new\nline\ttab\r",
  "escape\u001b[31m",
  "semi;colon:colon|pipe*star",
  "...",
  "..a/a..",
  "-dash",
  "~tilde",
  "trailing.",
  "__proto__",
  "constructor/prototype",
  "caf\u00e9",
  "cafe\u0301",
  "ﬁ",
  "日本語/ファイル",
  "😀/𝒳",
  "\uffff",
  "\u202eright-to-left",
  "x".repeat(255),
  "é".repeat(127),
  "deep/".repeat(40) + "end",
  ".staging2/x",
  "folder/.staging/x"
]

/** Texts that are no keys. */
export const INVALID_KEYS: ReadonlyArray<string> = [
  "",
  "/",
  "/absolute",
  "trailing/",
  "double//slash",
  ".",
  "..",
  "../escape",
  "a/../b",
  "a/..",
  "a/./b",
  "./a",
  "nul\0",
  "a/nul\0/b",
  "half\ud800surrogate",
  "\udc00",
  "x".repeat(256),
  "é".repeat(128),
  `${"long/".repeat(210)}end`,
  ".staging/x",
  ".staging"
]
