import type { challenges as Zh } from '../../zh/buyer/challenges.ts'

export const challenges: typeof Zh = {
  checkFirst: 'One quick check before this order. Your basket is kept, and nothing was charged.',
  captchaAsk: (symbols) =>
    `Please type the ${symbols} symbols in the picture (letters or digits, case does not matter) within 10 minutes.`,
  captchaNew: '🔄 Another picture',
  captchaAnother: 'Here is another picture.',
  captchaWrong: 'That was not right. Here is another picture.',
  captchaOver: 'The last picture no longer counts. Here is another one.',
  captchaLength: (symbols) => `Please type the ${symbols} symbols in the picture, or ask for another one.`,
  tooManyPictures: 'That were too many pictures. Please try again in an hour, or write to support.',
  contactAsk:
    'Please share your phone number. It is kept only as a hash to recognise the same buyer, never used for advertising or passed on.',
  contactPress: 'Press “📱 Share my phone number” below the text field.',
  contactShare: '📱 Share my phone number',
  contactNotYours: 'That is not your own number. Please use the button below, not another contact.',
  contactThanks: '✅ Got it, thank you.',
  contactLeft: 'No phone number is needed now.',
  contactUnwanted: 'No phone number is needed now, and this one was not kept.',
  smsAskNumber:
    'Please send your phone number with its country code, for example +44 20 7946 0958. You will get a code by SMS.',
  smsNotANumber: 'That is not a phone number.',
  smsSent: 'The code is on its way.',
  smsUnsent: 'The SMS could not be sent. Please send the number again in a moment, or write to support.',
  smsAskCode: 'Please type the 6 digits of the SMS within 10 minutes.',
  smsAgain: 'No SMS: send again or to another number',
  smsAnother: 'All right, once more.',
  smsWrong: (left) => `That is not the code. You can try ${left === 1 ? 'once more' : `${left} more times`}.`,
  smsOver: 'This code no longer counts. Please ask for another one.',
  smsText: (shop, code) => `${shop}: your code is ${code}. It is good for 10 minutes. Do not tell it to anyone.`,
  tooManyCodes: 'That were too many codes. Please try again in an hour, or write to support.',
}
