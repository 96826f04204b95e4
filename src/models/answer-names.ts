/**
 * How names of an ontology become names in JSON; the same as in the Python library, so that prompts written for it keep
 * working. Letters and digits of any script, `_` and spaces are kept.
 */

/** The name without the characters that language models' JSON schemas do not allow. */
export function safeName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_ ]/gu, "").trim();
}

/** The key of an attribute: lower case, spaces as `_`. */
export function fieldName(name: string): string {
  return optionKey(name).toLowerCase();
}

/** The key of a checklist option, made from its value: spaces as `_`, capitals kept. */
export function optionKey(value: string): string {
  return safeName(value).replaceAll(" ", "_");
}

/** The name of a schema's definition: title case, without spaces and `_`. */
export function modelName(name: string): string {
  return titleCase(safeName(name)).replace(/[ _]/g, "");
}

/** Each run of letters starts with a capital and goes on in lower case. */
export function titleCase(text: string): string {
  return text.replace(
    /\p{L}+/gu,
    ([first = "", ...rest]) => first.toUpperCase() + rest.join("").toLowerCase(),
  );
}

/** Gives each name to one owner only: the second `color` becomes `color_2`. */
export class UniqueNames {
  readonly #given = new Set<string>();

  take(wish: string, separator = "_"): string {
    let name = wish;
    for (let i = 2; this.#given.has(name); i++) name = `${wish}${separator}${i}`;
    this.#given.add(name);
    return name;
  }
}
