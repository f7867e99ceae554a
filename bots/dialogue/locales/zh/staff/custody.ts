/** Keys that leave the shop, and the key of the vault. */
export const custody = {
  exportButton: '📤 导出卡密',
  exportsButton: '📤 导出记录',
  exportsTitle: (total: number) => `导出记录（${total}）`,
  exportsNone: '还没有导出过卡密。',
  exportHow: '导出：/export 商品编号 数量，或 /export batch 批次号 数量；也可以从商品或批次里点「导出卡密」。',
  exportScope: (sku: string, batch: number | undefined): string =>
    batch === undefined ? `商品 ${sku}` : `批次 ${batch}（${sku}）`,
  exportTitle: (scope: string) => `导出卡密 · ${scope}`,
  exportNone: '这里没有可以导出的卡密：只能导出没有预占、售出、冻结、作废或过期的。',
  exportAsk: (available: number, most: number): string =>
    most < available
      ? `可导出 ${available} 个，一次最多 ${most} 个。要导出多少个？`
      : `可导出 ${available} 个。要导出多少个？`,
  exportAll: (count: number) => `全部 ${count} 个`,
  exportTooMany: (most: number) => `请发送 1 到 ${most} 的整数。`,
  exportWhy: (count: number) => `导出 ${count} 个。为什么？例如：退回供应商、转到分店、商品下架。`,
  exportSure: (count: number) => `导出 ${count} 个卡密？`,
  exportWhich: '取出的是最后才会卖到的那些，不影响正在下单的买家。',
  exportForGood: '不能撤销：这些卡密从此不在本店出售，也不能再导入本店。',
  exportTo: '文件只发给您，在这个聊天里。一小时内可以再取一次，之后只留记录。',
  exportYes: (count: number) => `导出 ${count} 个`,
  exportAsked: '请再发起一次：这个按钮太旧了。',
  exportDone: '卡密已取出，文件马上发给您。',
  exportLine: (id: number, scope: string, keys: number, by: string) => `#${id} ${scope}，${keys} 个，${by}`,
  exportRecord: (id: number) => `导出 #${id}`,
  exportKeys: (keys: number) => `数量：${keys} 个`,
  exportReason: (reason: string) => `原因：${reason}`,
  exportBy: (name: string, time: string) => `导出人：${name}，${time}`,
  exportSent: (time: string | undefined): string => (time === undefined ? '文件还没有送到。' : `文件于 ${time} 送到。`),
  exportAgain: '再发一次文件',
  exportFile: (keys: number): string =>
    `共 ${keys} 个卡密，可以直接导入别的店。请不要用表格软件另存：长数字会变。用完请删除这条消息。`,
  exportUnknown: '没有这个导出记录。',
  securityExport: (limit: string) => `导出卡密要第二个人复核：${limit}`,
  fromKeys: (keys: number): string => (keys === 1 ? '总是' : `一天 ${keys} 个起`),
  securityRotation: (isOn: boolean): string =>
    isOn ? '更换保险库密钥要第二个人复核：是' : '更换保险库密钥要第二个人复核：否',
  rotationOn: '更换密钥要复核',
  rotationOff: '更换密钥不要复核',
  actExport: (keys: number, scope: string) => `导出 ${keys} 个卡密 · ${scope}`,
  actRotation: (version: number) => `启用保险库密钥第 ${version} 版`,
  rotationWhat: '由服务器上的人发起。同意后，新的卡密和资料都用新密钥封存；旧的随后重新封存，店铺照常营业。',
}
