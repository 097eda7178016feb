# bash completion for meshfn: made by `meshfn completion bash`
_meshfn_words() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_meshfn_files() {
  local name
  compopt -o filenames 2>/dev/null
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen "$1" -- "$cur")
}

_meshfn() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" chain="" i
  COMPREPLY=()
  # bash splits words at `=` and `:`, so --flag=value and FORMAT:FILE arrive in parts.
  if [[ $cur == "=" || $cur == ":" ]]; then
    [[ $cur == ":" ]] && prev=":"
    cur=""
  elif [[ $prev == "=" ]]; then
    prev="${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $prev == ":" ]]; then
    _meshfn_files -f
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$chain/${COMP_WORDS[i]}" in
      /new) chain=/new ;;
      /new/function) chain=/new/function ;;
      /new/scenario) chain=/new/scenario ;;
      /new/routes) chain=/new/routes ;;
      /lint | /validate) chain=/lint ;;
      /render) chain=/render ;;
      /route) chain=/route ;;
      /route/explain) chain=/route/explain ;;
      /route/test) chain=/route/test ;;
      /route/diff) chain=/route/diff ;;
      /route/who) chain=/route/who ;;
      /event) chain=/event ;;
      /event/list) chain=/event/list ;;
      /event/make) chain=/event/make ;;
      /event/convert) chain=/event/convert ;;
      /event/next) chain=/event/next ;;
      /event/test) chain=/event/test ;;
      /invoke) chain=/invoke ;;
      /simulate) chain=/simulate ;;
      /topology) chain=/topology ;;
      /topology/import) chain=/topology/import ;;
      /explain) chain=/explain ;;
      /list) chain=/list ;;
      /schema) chain=/schema ;;
      /doctor) chain=/doctor ;;
      /completion) chain=/completion ;;
      /help) chain=/help ;;
    esac
  done
  case "$chain $prev" in
    " --color") _meshfn_words "auto always never"; return ;;
    "/new --color") _meshfn_words "auto always never"; return ;;
    "/new/function --cloud") _meshfn_words "aws azure gcp"; return ;;
    "/new/function --lang" | "/new/function -l") return ;;
    "/new/function --trigger" | "/new/function -t") _meshfn_words "http schedule queue storage event stream"; return ;;
    "/new/function --mesh") _meshfn_words "istio linkerd gateway-api none"; return ;;
    "/new/function --with") _meshfn_words "postgres redis queue object-store"; return ;;
    "/new/function --template") _meshfn_files -d; return ;;
    "/new/function --set") return ;;
    "/new/function --color") _meshfn_words "auto always never"; return ;;
    "/new/scenario --template") _meshfn_files -d; return ;;
    "/new/scenario --set") return ;;
    "/new/scenario --color") _meshfn_words "auto always never"; return ;;
    "/new/routes --template") _meshfn_files -d; return ;;
    "/new/routes --set") return ;;
    "/new/routes --color") _meshfn_words "auto always never"; return ;;
    "/lint --exec") return ;;
    "/lint --exec-timeout") return ;;
    "/lint --stdin-name") _meshfn_files -f; return ;;
    "/lint --exclude") return ;;
    "/lint --context") _meshfn_files -f; return ;;
    "/lint --remote-cluster") _meshfn_files -f; return ;;
    "/lint --namespace" | "/lint -n") return ;;
    "/lint --istio-namespace") return ;;
    "/lint --istio") return ;;
    "/lint --crd") _meshfn_files -f; return ;;
    "/lint --channel") _meshfn_words "standard experimental"; return ;;
    "/lint --mesh-config") _meshfn_files -f; return ;;
    "/lint --mesh-networks") _meshfn_files -f; return ;;
    "/lint --select") _meshfn_words "MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0011 MF0012 MF0021 MF0022 MF0023 MF0024 MF0101 MF0102 MF0103 MF0104 MF0105 MF0106 MF0107 MF0108 MF0109 MF0110 MF0111 MF0112 MF0113 MF0114 MF0115 MF0116 MF0117 MF0118 MF0901 MF0902 MF0903 MF1101 MF1102 MF1103 MF1104 MF1105 MF1106 MF1107 MF1108 MF1109 MF1110 MF1111 MF1112 MF1113 MF1114 MF1115 MF1116 MF1117 MF1118 MF1119 MF1120 MF1121 MF1122 MF1123 MF1124 MF1125 MF1126 MF1127 MF1128 MF1129 MF1130 MF1131 MF1132 MF1133 MF1134 MF1135 MF1136 MF1137 MF1138 MF1139 MF1140 MF1141 MF1142 MF1143 MF1144 MF1145 MF1146 MF1147 MF1148 MF1149 MF1150 MF1151 MF1152 MF1153 MF1154 MF1155 MF1156 MF1157 MF1160 MF1161 MF1201 MF1202 MF1203 MF1204 MF1205 MF1206 MF1207 MF1208 MF1209 MF1210 MF1211 MF1212 MF1213 MF1214 MF1215 MF1216 MF1217 MF1218 MF1219 MF1220 MF1221 MF1222 MF1223 MF1224 MF1225 MF1226 MF1231 MF1232 MF1233 MF1234 MF1235 MF1236 MF1237 MF1301 MF1302 MF1303 MF1304 MF1305 MF1306 MF1307 MF1308 MF1309 MF1310 MF1311 MF1312 MF1313 MF1314 MF1315 MF1316 MF1317 MF1318 MF1319 MF1320 MF1321 MF1322 MF1323 MF1324 MF1325 MF1326 MF1327 MF1328 MF1331 MF1332 MF1333 MF1334 MF1401 MF1402 MF1403 MF1404 MF1405 MF1406 MF1407 MF1408 MF1411 MF1412 MF1413 MF1414 MF1415 MF1416 MF1421 MF1422 MF1423 MF1424 MF1425 MF1426 MF1427 MF1501 MF1502 MF1503 MF1504 MF1505 MF1511 MF1512 MF1513 MF1514 MF1515 MF1516 MF1521 MF1522 MF1523 MF1524 MF1525 MF1601 MF1602 MF1603 MF1604 MF1605 MF1606 MF1611 MF1612 MF1613 MF1614 MF1621 MF1622 MF1623 MF1624 MF1625 MF1626 MF1627 MF1628 MF1631 MF1632 MF1633 MF1634 MF1635 MF1641 MF1642 MF1643 MF1644 MF1651 MF1701 MF1702 MF1703 MF1704 MF1705 MF1706 MF1711 MF1712 MF1713 MF1721 MF1722 MF1723 MF1724 MF1725 MF1731 MF1732 MF1733 MF1734 MF1735 MF1736 MF1741 MF1742 MF1743 MF1744 MF1745 MF1746 MF1747 MF1751 MF1752 MF1753 MF1754 MF1755 MF1756 MF1757 MF1761 MF1762 MF1763 MF1764 MF1765 MF1801 MF1802 MF1803 MF1804 MF1811 MF1812 MF1813 MF1814 MF1815 MF1816 MF1817 MF1818 MF1821 MF1822 MF1823 MF1824 MF1825 MF1826 MF1831 MF1841 MF1842 MF2001 MF2002 MF2003 MF2004 MF2005 MF2011 MF2012 MF2013 MF2014 MF2015 MF2016 MF2017 MF2021 MF2022 MF2023 MF2031 MF2032 MF2033 MF2101 MF2102 MF2103 MF2104 MF2105 MF2111 MF2112 MF2113 MF2114 MF2115 MF2121 MF2122 MF2123 MF2201 MF2202 MF2203 MF2204 MF2205 MF2206 MF2211 MF2212 MF2221 MF2222 MF2223 MF2224 MF2225 MF2301 MF2302 MF2303 MF2304 MF2305 MF2311 MF2312 MF2313 MF2314 MF2315 MF2316 MF2321 MF2322 MF2323 MF2401 MF2402 MF2403 MF2404 MF2405 MF2501 MF2502 MF2503 MF2504 MF2505 MF2511 MF2512 MF2513 MF2514 MF2515 MF2521 MF3001 MF3002 MF3003 MF3004 MF3005 MF3006 MF3007 MF3020 MF3021 MF3022 MF3023 MF3024 MF3025 MF3040 MF3041 MF3042 MF3050 MF3051 MF3052 MF3053 MF3054 MF3055 MF3056 MF3060 MF3061 MF3062 MF3101 MF3102 MF3103 MF3104 MF3105 MF3106 MF3120 MF3121 MF3122 MF3123 MF3124 MF3125 MF3130 MF3131 MF3140 MF3141 MF3142 MF3143 MF3160 MF3161 MF3162 MF3163 MF3201 MF3202 MF3203 MF3204 MF3205 MF3206 MF3207 MF3210 MF3211 MF3212 MF3213 MF3214 MF3220 MF3221 MF3222 MF3223 MF3224 MF3230 MF3231 MF3232 MF3240 MF3241 MF3242 MF3243 MF3244 MF3245 MF3260 MF3261 MF3262 MF3263 MF3270 MF3271 MF3272 MF3280 MF3281 MF3282 MF3283 MF3284 MF3285 MF3301 MF3302 MF3303 MF3304 MF3305 MF4001 MF4002 MF4003 MF4011 MF4012 MF4013 MF4014 MF4021 MF4022 MF4031 MF5001 MF5002 MF5003 MF5004 MF5005 MF5006 MF5011 MF5012 MF5013 MF5014 MF5015 MF5021 MF5022 MF5101 MF5102 MF5103 MF5104 MF5105 MF5106 MF5107 MF5108 MF5111 MF5112 MF5113 MF5114 MF5121 MF5122 MF5123 MF5131 MF5132 MF5133 MF5134 MF5135 MF5136 MF5201 MF5202 MF5203 MF5204 MF5205 MF5211 MF5212 MF5213 MF5214 MF5215 MF5301 MF5302 MF5303 MF5304 MF5305 MF5306 MF5307 MF5308 MF5311 MF5312 MF5313 MF5314 MF5315 MF5316 MF5321 MF5322 MF5323 MF5324 MF5331 MF5332 MF5333 MF5334 MF5335 MF5336 MF5337 MF5338 MF5341 MF5342 MF5343 MF5344 MF5345 MF5346 MF5347 MF5348 MF5349 MF5350 MF5351 MF5352 MF5353 MF5354 MF5361 MF5362 MF5363 MF5364 MF5365 MF5366 MF5401 MF5402 MF5403 MF5404 MF5405 MF5406 MF5411 MF5412 MF5413 MF5501 MF5502 MF5503 MF5504 MF5505 MF5506 MF5507 MF5508 MF5509 MF5511 MF5512 MF5513 MF5515 MF5516 MF5521 MF5522 MF5523 MF5524 MF5525 MF5526 MF5528 MF5531 MF5532 MF5533 MF5534 MF5535 MF5536 MF5541 MF5542 MF5543 MF5544 MF5546 MF5551 MF5552 MF5553 MF5561 MF5562 MF5563 MF5564 MF5565 MF5571 MF5572 MF5573 MF5574 MF5601 MF5602 MF5603 MF5604 MF5605 MF5606 MF5607 MF5608 MF5609 MF5610 MF5611 MF5612 MF5613 MF5614 MF5621 MF5622 MF5701 MF5702 MF5703 MF5704 MF5705 MF5706 MF5707 MF5708 MF5709 MF5710 MF5711 MF5712 MF5713 MF5714 MF5715 MF5721 MF5722 MF5801 MF5802 MF5803 MF5804 MF5805 MF5806 MF5807 MF5901 MF5902 MF5903"; return ;;
    "/lint --ignore") _meshfn_words "MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0011 MF0012 MF0021 MF0022 MF0023 MF0024 MF0101 MF0102 MF0103 MF0104 MF0105 MF0106 MF0107 MF0108 MF0109 MF0110 MF0111 MF0112 MF0113 MF0114 MF0115 MF0116 MF0117 MF0118 MF0901 MF0902 MF0903 MF1101 MF1102 MF1103 MF1104 MF1105 MF1106 MF1107 MF1108 MF1109 MF1110 MF1111 MF1112 MF1113 MF1114 MF1115 MF1116 MF1117 MF1118 MF1119 MF1120 MF1121 MF1122 MF1123 MF1124 MF1125 MF1126 MF1127 MF1128 MF1129 MF1130 MF1131 MF1132 MF1133 MF1134 MF1135 MF1136 MF1137 MF1138 MF1139 MF1140 MF1141 MF1142 MF1143 MF1144 MF1145 MF1146 MF1147 MF1148 MF1149 MF1150 MF1151 MF1152 MF1153 MF1154 MF1155 MF1156 MF1157 MF1160 MF1161 MF1201 MF1202 MF1203 MF1204 MF1205 MF1206 MF1207 MF1208 MF1209 MF1210 MF1211 MF1212 MF1213 MF1214 MF1215 MF1216 MF1217 MF1218 MF1219 MF1220 MF1221 MF1222 MF1223 MF1224 MF1225 MF1226 MF1231 MF1232 MF1233 MF1234 MF1235 MF1236 MF1237 MF1301 MF1302 MF1303 MF1304 MF1305 MF1306 MF1307 MF1308 MF1309 MF1310 MF1311 MF1312 MF1313 MF1314 MF1315 MF1316 MF1317 MF1318 MF1319 MF1320 MF1321 MF1322 MF1323 MF1324 MF1325 MF1326 MF1327 MF1328 MF1331 MF1332 MF1333 MF1334 MF1401 MF1402 MF1403 MF1404 MF1405 MF1406 MF1407 MF1408 MF1411 MF1412 MF1413 MF1414 MF1415 MF1416 MF1421 MF1422 MF1423 MF1424 MF1425 MF1426 MF1427 MF1501 MF1502 MF1503 MF1504 MF1505 MF1511 MF1512 MF1513 MF1514 MF1515 MF1516 MF1521 MF1522 MF1523 MF1524 MF1525 MF1601 MF1602 MF1603 MF1604 MF1605 MF1606 MF1611 MF1612 MF1613 MF1614 MF1621 MF1622 MF1623 MF1624 MF1625 MF1626 MF1627 MF1628 MF1631 MF1632 MF1633 MF1634 MF1635 MF1641 MF1642 MF1643 MF1644 MF1651 MF1701 MF1702 MF1703 MF1704 MF1705 MF1706 MF1711 MF1712 MF1713 MF1721 MF1722 MF1723 MF1724 MF1725 MF1731 MF1732 MF1733 MF1734 MF1735 MF1736 MF1741 MF1742 MF1743 MF1744 MF1745 MF1746 MF1747 MF1751 MF1752 MF1753 MF1754 MF1755 MF1756 MF1757 MF1761 MF1762 MF1763 MF1764 MF1765 MF1801 MF1802 MF1803 MF1804 MF1811 MF1812 MF1813 MF1814 MF1815 MF1816 MF1817 MF1818 MF1821 MF1822 MF1823 MF1824 MF1825 MF1826 MF1831 MF1841 MF1842 MF2001 MF2002 MF2003 MF2004 MF2005 MF2011 MF2012 MF2013 MF2014 MF2015 MF2016 MF2017 MF2021 MF2022 MF2023 MF2031 MF2032 MF2033 MF2101 MF2102 MF2103 MF2104 MF2105 MF2111 MF2112 MF2113 MF2114 MF2115 MF2121 MF2122 MF2123 MF2201 MF2202 MF2203 MF2204 MF2205 MF2206 MF2211 MF2212 MF2221 MF2222 MF2223 MF2224 MF2225 MF2301 MF2302 MF2303 MF2304 MF2305 MF2311 MF2312 MF2313 MF2314 MF2315 MF2316 MF2321 MF2322 MF2323 MF2401 MF2402 MF2403 MF2404 MF2405 MF2501 MF2502 MF2503 MF2504 MF2505 MF2511 MF2512 MF2513 MF2514 MF2515 MF2521 MF3001 MF3002 MF3003 MF3004 MF3005 MF3006 MF3007 MF3020 MF3021 MF3022 MF3023 MF3024 MF3025 MF3040 MF3041 MF3042 MF3050 MF3051 MF3052 MF3053 MF3054 MF3055 MF3056 MF3060 MF3061 MF3062 MF3101 MF3102 MF3103 MF3104 MF3105 MF3106 MF3120 MF3121 MF3122 MF3123 MF3124 MF3125 MF3130 MF3131 MF3140 MF3141 MF3142 MF3143 MF3160 MF3161 MF3162 MF3163 MF3201 MF3202 MF3203 MF3204 MF3205 MF3206 MF3207 MF3210 MF3211 MF3212 MF3213 MF3214 MF3220 MF3221 MF3222 MF3223 MF3224 MF3230 MF3231 MF3232 MF3240 MF3241 MF3242 MF3243 MF3244 MF3245 MF3260 MF3261 MF3262 MF3263 MF3270 MF3271 MF3272 MF3280 MF3281 MF3282 MF3283 MF3284 MF3285 MF3301 MF3302 MF3303 MF3304 MF3305 MF4001 MF4002 MF4003 MF4011 MF4012 MF4013 MF4014 MF4021 MF4022 MF4031 MF5001 MF5002 MF5003 MF5004 MF5005 MF5006 MF5011 MF5012 MF5013 MF5014 MF5015 MF5021 MF5022 MF5101 MF5102 MF5103 MF5104 MF5105 MF5106 MF5107 MF5108 MF5111 MF5112 MF5113 MF5114 MF5121 MF5122 MF5123 MF5131 MF5132 MF5133 MF5134 MF5135 MF5136 MF5201 MF5202 MF5203 MF5204 MF5205 MF5211 MF5212 MF5213 MF5214 MF5215 MF5301 MF5302 MF5303 MF5304 MF5305 MF5306 MF5307 MF5308 MF5311 MF5312 MF5313 MF5314 MF5315 MF5316 MF5321 MF5322 MF5323 MF5324 MF5331 MF5332 MF5333 MF5334 MF5335 MF5336 MF5337 MF5338 MF5341 MF5342 MF5343 MF5344 MF5345 MF5346 MF5347 MF5348 MF5349 MF5350 MF5351 MF5352 MF5353 MF5354 MF5361 MF5362 MF5363 MF5364 MF5365 MF5366 MF5401 MF5402 MF5403 MF5404 MF5405 MF5406 MF5411 MF5412 MF5413 MF5501 MF5502 MF5503 MF5504 MF5505 MF5506 MF5507 MF5508 MF5509 MF5511 MF5512 MF5513 MF5515 MF5516 MF5521 MF5522 MF5523 MF5524 MF5525 MF5526 MF5528 MF5531 MF5532 MF5533 MF5534 MF5535 MF5536 MF5541 MF5542 MF5543 MF5544 MF5546 MF5551 MF5552 MF5553 MF5561 MF5562 MF5563 MF5564 MF5565 MF5571 MF5572 MF5573 MF5574 MF5601 MF5602 MF5603 MF5604 MF5605 MF5606 MF5607 MF5608 MF5609 MF5610 MF5611 MF5612 MF5613 MF5614 MF5621 MF5622 MF5701 MF5702 MF5703 MF5704 MF5705 MF5706 MF5707 MF5708 MF5709 MF5710 MF5711 MF5712 MF5713 MF5714 MF5715 MF5721 MF5722 MF5801 MF5802 MF5803 MF5804 MF5805 MF5806 MF5807 MF5901 MF5902 MF5903"; return ;;
    "/lint --severity") return ;;
    "/lint --config") _meshfn_files -f; return ;;
    "/lint --baseline") _meshfn_files -f; return ;;
    "/lint --changed-since") return ;;
    "/lint --fail-on") _meshfn_words "info warning error never"; return ;;
    "/lint --max-warnings") return ;;
    "/lint --output" | "/lint -o") _meshfn_words "text line json jsonl sarif github gitlab junit checkstyle tap rdjson markdown"; return ;;
    "/lint --jobs" | "/lint -j") return ;;
    "/lint --color") _meshfn_words "auto always never"; return ;;
    "/render --to") _meshfn_words "table json mermaid dot svg yaml istio gateway-api linkerd envoy kubernetes-job"; return ;;
    "/render --out-dir") _meshfn_files -d; return ;;
    "/render --parts") return ;;
    "/render --simulate") return ;;
    "/render --namespace") return ;;
    "/render --from") return ;;
    "/render --color") _meshfn_words "auto always never"; return ;;
    "/route --color") _meshfn_words "auto always never"; return ;;
    "/route/explain --mesh") _meshfn_files -f; return ;;
    "/route/explain --namespace") return ;;
    "/route/explain --host") return ;;
    "/route/explain --path") return ;;
    "/route/explain --method") return ;;
    "/route/explain --header" | "/route/explain -H") return ;;
    "/route/explain --query") return ;;
    "/route/explain --port") return ;;
    "/route/explain --gateway") return ;;
    "/route/explain --from") return ;;
    "/route/explain --from-label") return ;;
    "/route/explain --ip") return ;;
    "/route/explain --jwt") _meshfn_files -f; return ;;
    "/route/explain --now") return ;;
    "/route/explain --output" | "/route/explain -o") _meshfn_words "text json"; return ;;
    "/route/explain --color") _meshfn_words "auto always never"; return ;;
    "/route/test --mesh") _meshfn_files -f; return ;;
    "/route/test --namespace") return ;;
    "/route/test --fail-under") return ;;
    "/route/test --output" | "/route/test -o") _meshfn_words "text json tap junit"; return ;;
    "/route/test --color") _meshfn_words "auto always never"; return ;;
    "/route/diff --requests") _meshfn_files -f; return ;;
    "/route/diff --namespace") return ;;
    "/route/diff --output" | "/route/diff -o") _meshfn_words "text json"; return ;;
    "/route/diff --color") _meshfn_words "auto always never"; return ;;
    "/route/who --mesh") _meshfn_files -f; return ;;
    "/route/who --namespace") return ;;
    "/route/who --to") return ;;
    "/route/who --output" | "/route/who -o") _meshfn_words "text json"; return ;;
    "/route/who --color") _meshfn_words "auto always never"; return ;;
    "/event --color") _meshfn_words "auto always never"; return ;;
    "/event/list --cloud") _meshfn_words "aws azure gcp"; return ;;
    "/event/list --output" | "/event/list -o") _meshfn_words "text json"; return ;;
    "/event/list --color") _meshfn_words "auto always never"; return ;;
    "/event/make --set") return ;;
    "/event/make --body") return ;;
    "/event/make --records" | "/event/make -n") return ;;
    "/event/make --poison") return ;;
    "/event/make --seed") return ;;
    "/event/make --now") return ;;
    "/event/make --color") _meshfn_words "auto always never"; return ;;
    "/event/convert --to") _meshfn_words "cloudevent legacy"; return ;;
    "/event/convert --topic") return ;;
    "/event/convert --color") _meshfn_words "auto always never"; return ;;
    "/event/next --count" | "/event/next -n") return ;;
    "/event/next --now") return ;;
    "/event/next --color") _meshfn_words "auto always never"; return ;;
    "/event/test --cloud") _meshfn_words "aws azure gcp"; return ;;
    "/event/test --output" | "/event/test -o") _meshfn_words "text json tap junit"; return ;;
    "/event/test --color") _meshfn_words "auto always never"; return ;;
    "/invoke --event" | "/invoke -e") _meshfn_files -f; return ;;
    "/invoke --sample") return ;;
    "/invoke --project") _meshfn_files -d; return ;;
    "/invoke --stage") return ;;
    "/invoke --template") _meshfn_files -f; return ;;
    "/invoke --handler") return ;;
    "/invoke --runtime") return ;;
    "/invoke --cloud") _meshfn_words "aws azure gcp"; return ;;
    "/invoke --signature") _meshfn_words "http cloudevent event typed"; return ;;
    "/invoke --timeout") return ;;
    "/invoke --memory") return ;;
    "/invoke --env") return ;;
    "/invoke --env-file") _meshfn_files -f; return ;;
    "/invoke --secrets") _meshfn_files -f; return ;;
    "/invoke --region") return ;;
    "/invoke --layer") _meshfn_files -f; return ;;
    "/invoke --remote") return ;;
    "/invoke --inspect") return ;;
    "/invoke --record") _meshfn_files -f; return ;;
    "/invoke --replay") _meshfn_files -f; return ;;
    "/invoke --redact") return ;;
    "/invoke --repeat") return ;;
    "/invoke --cold") return ;;
    "/invoke --weight") return ;;
    "/invoke --rate") return ;;
    "/invoke --port") return ;;
    "/invoke --concurrency") return ;;
    "/invoke --keep-alive") return ;;
    "/invoke --front") _meshfn_words "rest-api http-api function-url alb"; return ;;
    "/invoke --output" | "/invoke -o") _meshfn_words "text json"; return ;;
    "/invoke --color") _meshfn_words "auto always never"; return ;;
    "/simulate --mesh") _meshfn_files -f; return ;;
    "/simulate --namespace") return ;;
    "/simulate --fail") return ;;
    "/simulate --load") return ;;
    "/simulate --set") return ;;
    "/simulate --sweep") _meshfn_words "each-zone each-endpoint each-service pairs"; return ;;
    "/simulate --load-range") return ;;
    "/simulate --expect") return ;;
    "/simulate --seed") return ;;
    "/simulate --replications") return ;;
    "/simulate --shard") return ;;
    "/simulate --output" | "/simulate -o") _meshfn_words "text json csv markdown junit openmetrics hgrm yaml"; return ;;
    "/simulate --color") _meshfn_words "auto always never"; return ;;
    "/topology --color") _meshfn_words "auto always never"; return ;;
    "/topology/import --prometheus") return ;;
    "/topology/import --range") return ;;
    "/topology/import --rate") return ;;
    "/topology/import --name") return ;;
    "/topology/import --color") _meshfn_words "auto always never"; return ;;
    "/explain --output" | "/explain -o") _meshfn_words "text json markdown"; return ;;
    "/explain --color") _meshfn_words "auto always never"; return ;;
    "/list --group") return ;;
    "/list --severity") _meshfn_words "error warning info"; return ;;
    "/list --output" | "/list -o") _meshfn_words "text json markdown"; return ;;
    "/list --color") _meshfn_words "auto always never"; return ;;
    "/schema --color") _meshfn_words "auto always never"; return ;;
    "/doctor --output" | "/doctor -o") _meshfn_words "text json"; return ;;
    "/doctor --color") _meshfn_words "auto always never"; return ;;
    "/completion --color") _meshfn_words "auto always never"; return ;;
    "/help --output" | "/help -o") _meshfn_words "text man"; return ;;
    "/help --color") _meshfn_words "auto always never"; return ;;
  esac
  case "$chain" in
    "")
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "new lint render route event invoke simulate topology explain list schema doctor completion help"; fi
      ;;
    /new)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "function scenario routes"; fi
      ;;
    /new/function)
      if [[ $cur == -* ]]; then _meshfn_words "--cloud --lang --trigger --mesh --with --template --set --dry-run --force --update --color --quiet --verbose --help --version"; else _meshfn_files -d; fi
      ;;
    /new/scenario)
      if [[ $cur == -* ]]; then _meshfn_words "--template --set --dry-run --force --update --color --quiet --verbose --help --version"; else _meshfn_files -d; fi
      ;;
    /new/routes)
      if [[ $cur == -* ]]; then _meshfn_words "--template --set --dry-run --force --update --color --quiet --verbose --help --version"; else _meshfn_files -d; fi
      ;;
    /lint)
      if [[ $cur == -* ]]; then _meshfn_words "--exec --exec-timeout --stdin-name --exclude --context --remote-cluster --namespace --istio-namespace --istio --closed-world --crd --channel --mesh-config --mesh-networks --select --ignore --severity --config --no-config --baseline --update-baseline --changed-since --fix --diff --fail-on --max-warnings --exit-zero --output --show-suppressed --jobs --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /render)
      if [[ $cur == -* ]]; then _meshfn_words "--to --out-dir --defaults --strict --verify --parts --simulate --namespace --from --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /route)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "explain test diff who"; fi
      ;;
    /route/explain)
      if [[ $cur == -* ]]; then _meshfn_words "--mesh --namespace --host --path --method --header --query --port --gateway --from --from-label --ip --jwt --now --plain --output --color --quiet --verbose --help --version"; else :; fi
      ;;
    /route/test)
      if [[ $cur == -* ]]; then _meshfn_words "--mesh --namespace --fail-under --output --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /route/diff)
      if [[ $cur == -* ]]; then _meshfn_words "--requests --namespace --output --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /route/who)
      if [[ $cur == -* ]]; then _meshfn_words "--mesh --namespace --to --output --color --quiet --verbose --help --version"; else :; fi
      ;;
    /event)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "list make convert next test"; fi
      ;;
    /event/list)
      if [[ $cur == -* ]]; then _meshfn_words "--cloud --output --color --quiet --verbose --help --version"; else :; fi
      ;;
    /event/make)
      if [[ $cur == -* ]]; then _meshfn_words "--set --body --records --poison --seed --now --compact --color --quiet --verbose --help --version"; else :; fi
      ;;
    /event/convert)
      if [[ $cur == -* ]]; then _meshfn_words "--to --topic --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /event/next)
      if [[ $cur == -* ]]; then _meshfn_words "--count --now --color --quiet --verbose --help --version"; else :; fi
      ;;
    /event/test)
      if [[ $cur == -* ]]; then _meshfn_words "--update --cloud --output --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /invoke)
      if [[ $cur == -* ]]; then _meshfn_words "--event --sample --project --stage --template --handler --runtime --cloud --signature --structured --timeout --memory --env --env-file --secrets --region --layer --remote --watch --inspect --enable-auth --retry --record --replay --redact --repeat --cold --weight --rate --async --serve --port --concurrency --keep-alive --front --output --color --quiet --verbose --help --version"; else _meshfn_files -d; fi
      ;;
    /simulate)
      if [[ $cur == -* ]]; then _meshfn_words "--mesh --namespace --fail --load --set --sweep --load-range --analytic --suggest --compare --expect --seed --replications --shard --merge --output --timing --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /topology)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "import"; fi
      ;;
    /topology/import)
      if [[ $cur == -* ]]; then _meshfn_words "--prometheus --range --rate --name --color --quiet --verbose --help --version"; else _meshfn_files -f; fi
      ;;
    /explain)
      if [[ $cur == -* ]]; then _meshfn_words "--output --color --quiet --verbose --help --version"; else _meshfn_words "MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0011 MF0012 MF0021 MF0022 MF0023 MF0024 MF0101 MF0102 MF0103 MF0104 MF0105 MF0106 MF0107 MF0108 MF0109 MF0110 MF0111 MF0112 MF0113 MF0114 MF0115 MF0116 MF0117 MF0118 MF0901 MF0902 MF0903 MF1101 MF1102 MF1103 MF1104 MF1105 MF1106 MF1107 MF1108 MF1109 MF1110 MF1111 MF1112 MF1113 MF1114 MF1115 MF1116 MF1117 MF1118 MF1119 MF1120 MF1121 MF1122 MF1123 MF1124 MF1125 MF1126 MF1127 MF1128 MF1129 MF1130 MF1131 MF1132 MF1133 MF1134 MF1135 MF1136 MF1137 MF1138 MF1139 MF1140 MF1141 MF1142 MF1143 MF1144 MF1145 MF1146 MF1147 MF1148 MF1149 MF1150 MF1151 MF1152 MF1153 MF1154 MF1155 MF1156 MF1157 MF1160 MF1161 MF1201 MF1202 MF1203 MF1204 MF1205 MF1206 MF1207 MF1208 MF1209 MF1210 MF1211 MF1212 MF1213 MF1214 MF1215 MF1216 MF1217 MF1218 MF1219 MF1220 MF1221 MF1222 MF1223 MF1224 MF1225 MF1226 MF1231 MF1232 MF1233 MF1234 MF1235 MF1236 MF1237 MF1301 MF1302 MF1303 MF1304 MF1305 MF1306 MF1307 MF1308 MF1309 MF1310 MF1311 MF1312 MF1313 MF1314 MF1315 MF1316 MF1317 MF1318 MF1319 MF1320 MF1321 MF1322 MF1323 MF1324 MF1325 MF1326 MF1327 MF1328 MF1331 MF1332 MF1333 MF1334 MF1401 MF1402 MF1403 MF1404 MF1405 MF1406 MF1407 MF1408 MF1411 MF1412 MF1413 MF1414 MF1415 MF1416 MF1421 MF1422 MF1423 MF1424 MF1425 MF1426 MF1427 MF1501 MF1502 MF1503 MF1504 MF1505 MF1511 MF1512 MF1513 MF1514 MF1515 MF1516 MF1521 MF1522 MF1523 MF1524 MF1525 MF1601 MF1602 MF1603 MF1604 MF1605 MF1606 MF1611 MF1612 MF1613 MF1614 MF1621 MF1622 MF1623 MF1624 MF1625 MF1626 MF1627 MF1628 MF1631 MF1632 MF1633 MF1634 MF1635 MF1641 MF1642 MF1643 MF1644 MF1651 MF1701 MF1702 MF1703 MF1704 MF1705 MF1706 MF1711 MF1712 MF1713 MF1721 MF1722 MF1723 MF1724 MF1725 MF1731 MF1732 MF1733 MF1734 MF1735 MF1736 MF1741 MF1742 MF1743 MF1744 MF1745 MF1746 MF1747 MF1751 MF1752 MF1753 MF1754 MF1755 MF1756 MF1757 MF1761 MF1762 MF1763 MF1764 MF1765 MF1801 MF1802 MF1803 MF1804 MF1811 MF1812 MF1813 MF1814 MF1815 MF1816 MF1817 MF1818 MF1821 MF1822 MF1823 MF1824 MF1825 MF1826 MF1831 MF1841 MF1842 MF2001 MF2002 MF2003 MF2004 MF2005 MF2011 MF2012 MF2013 MF2014 MF2015 MF2016 MF2017 MF2021 MF2022 MF2023 MF2031 MF2032 MF2033 MF2101 MF2102 MF2103 MF2104 MF2105 MF2111 MF2112 MF2113 MF2114 MF2115 MF2121 MF2122 MF2123 MF2201 MF2202 MF2203 MF2204 MF2205 MF2206 MF2211 MF2212 MF2221 MF2222 MF2223 MF2224 MF2225 MF2301 MF2302 MF2303 MF2304 MF2305 MF2311 MF2312 MF2313 MF2314 MF2315 MF2316 MF2321 MF2322 MF2323 MF2401 MF2402 MF2403 MF2404 MF2405 MF2501 MF2502 MF2503 MF2504 MF2505 MF2511 MF2512 MF2513 MF2514 MF2515 MF2521 MF3001 MF3002 MF3003 MF3004 MF3005 MF3006 MF3007 MF3020 MF3021 MF3022 MF3023 MF3024 MF3025 MF3040 MF3041 MF3042 MF3050 MF3051 MF3052 MF3053 MF3054 MF3055 MF3056 MF3060 MF3061 MF3062 MF3101 MF3102 MF3103 MF3104 MF3105 MF3106 MF3120 MF3121 MF3122 MF3123 MF3124 MF3125 MF3130 MF3131 MF3140 MF3141 MF3142 MF3143 MF3160 MF3161 MF3162 MF3163 MF3201 MF3202 MF3203 MF3204 MF3205 MF3206 MF3207 MF3210 MF3211 MF3212 MF3213 MF3214 MF3220 MF3221 MF3222 MF3223 MF3224 MF3230 MF3231 MF3232 MF3240 MF3241 MF3242 MF3243 MF3244 MF3245 MF3260 MF3261 MF3262 MF3263 MF3270 MF3271 MF3272 MF3280 MF3281 MF3282 MF3283 MF3284 MF3285 MF3301 MF3302 MF3303 MF3304 MF3305 MF4001 MF4002 MF4003 MF4011 MF4012 MF4013 MF4014 MF4021 MF4022 MF4031 MF5001 MF5002 MF5003 MF5004 MF5005 MF5006 MF5011 MF5012 MF5013 MF5014 MF5015 MF5021 MF5022 MF5101 MF5102 MF5103 MF5104 MF5105 MF5106 MF5107 MF5108 MF5111 MF5112 MF5113 MF5114 MF5121 MF5122 MF5123 MF5131 MF5132 MF5133 MF5134 MF5135 MF5136 MF5201 MF5202 MF5203 MF5204 MF5205 MF5211 MF5212 MF5213 MF5214 MF5215 MF5301 MF5302 MF5303 MF5304 MF5305 MF5306 MF5307 MF5308 MF5311 MF5312 MF5313 MF5314 MF5315 MF5316 MF5321 MF5322 MF5323 MF5324 MF5331 MF5332 MF5333 MF5334 MF5335 MF5336 MF5337 MF5338 MF5341 MF5342 MF5343 MF5344 MF5345 MF5346 MF5347 MF5348 MF5349 MF5350 MF5351 MF5352 MF5353 MF5354 MF5361 MF5362 MF5363 MF5364 MF5365 MF5366 MF5401 MF5402 MF5403 MF5404 MF5405 MF5406 MF5411 MF5412 MF5413 MF5501 MF5502 MF5503 MF5504 MF5505 MF5506 MF5507 MF5508 MF5509 MF5511 MF5512 MF5513 MF5515 MF5516 MF5521 MF5522 MF5523 MF5524 MF5525 MF5526 MF5528 MF5531 MF5532 MF5533 MF5534 MF5535 MF5536 MF5541 MF5542 MF5543 MF5544 MF5546 MF5551 MF5552 MF5553 MF5561 MF5562 MF5563 MF5564 MF5565 MF5571 MF5572 MF5573 MF5574 MF5601 MF5602 MF5603 MF5604 MF5605 MF5606 MF5607 MF5608 MF5609 MF5610 MF5611 MF5612 MF5613 MF5614 MF5621 MF5622 MF5701 MF5702 MF5703 MF5704 MF5705 MF5706 MF5707 MF5708 MF5709 MF5710 MF5711 MF5712 MF5713 MF5714 MF5715 MF5721 MF5722 MF5801 MF5802 MF5803 MF5804 MF5805 MF5806 MF5807 MF5901 MF5902 MF5903"; fi
      ;;
    /list)
      if [[ $cur == -* ]]; then _meshfn_words "--group --severity --output --color --quiet --verbose --help --version"; else _meshfn_words "rules kinds policies samples templates formats settings"; fi
      ;;
    /schema)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "config event-test route-test routes scenario"; fi
      ;;
    /doctor)
      if [[ $cur == -* ]]; then _meshfn_words "--output --color --quiet --verbose --help --version"; else :; fi
      ;;
    /completion)
      if [[ $cur == -* ]]; then _meshfn_words "--color --quiet --verbose --help --version"; else _meshfn_words "bash zsh fish"; fi
      ;;
    /help)
      if [[ $cur == -* ]]; then _meshfn_words "--output --color --quiet --verbose --help --version"; else :; fi
      ;;
  esac
}

complete -F _meshfn meshfn
