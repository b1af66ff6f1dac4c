/** The names under which our shapes carry personal data and secrets; pino blanks what stands below them, objects too. */
export const secretNames = [
  "password",
  "token",
  "authorization",
  "cookie",
  "email",
  "shippingAddress",
  "address",
  "secret",
  "cardNumber",
];

const gone = "[redacted]";
const secretField =
  /"([\w-]{0,40}(?:password|token|authorization|cookie|e-?mail|secret|card_?number|cvc)[\w-]{0,40})":"(?:[^"\\]|\\.)*"/gi;
// The look-behinds keep the search linear in lines that somebody filled with one endless word.
const emailAddress = /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const bearer = /\bbearer\s+[\w.~+/=-]+/gi;
const webToken = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const paymentToken = /\btok_\w+/g;
// Never a part of a UUID or a trace id, which dashes and letters hold together.
const cardLike = /(?<![\w-])[3-6](?:[ -]?\d){12,18}(?![\w-])/g;

/** Blanks what looks like an e-mail address, a card number or a credential anywhere in a line of JSON: G11, however deep or in whatever words. */
export function redactLine(line: string): string {
  return line
    .replace(secretField, `"$1":"${gone}"`)
    .replace(emailAddress, gone)
    .replace(bearer, gone)
    .replace(webToken, gone)
    .replace(paymentToken, gone)
    .replace(cardLike, (digits) => (passesLuhn(digits.replace(/\D/g, "")) ? gone : digits));
}

/** The check digit that every payment card carries (ISO/IEC 7812-1). */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
