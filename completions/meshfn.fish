# fish completion for meshfn: made by `meshfn completion fish`
function __meshfn_at
    set -l chain ""
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        switch "$chain/$word"
            case /new
                set chain /new
            case /new/function
                set chain /new/function
            case /new/scenario
                set chain /new/scenario
            case /new/routes
                set chain /new/routes
            case /lint /validate
                set chain /lint
            case /render
                set chain /render
            case /route
                set chain /route
            case /route/explain
                set chain /route/explain
            case /route/test
                set chain /route/test
            case /route/diff
                set chain /route/diff
            case /event
                set chain /event
            case /event/list
                set chain /event/list
            case /event/make
                set chain /event/make
            case /event/convert
                set chain /event/convert
            case /invoke
                set chain /invoke
            case /simulate
                set chain /simulate
            case /explain
                set chain /explain
            case /list
                set chain /list
            case /schema
                set chain /schema
            case /doctor
                set chain /doctor
            case /completion
                set chain /completion
            case /help
                set chain /help
        end
    end
    test "$chain" = "$argv[1]"
end

complete -c meshfn -f
complete -c meshfn -n '__meshfn_at ""' -a new -d 'Make a function, a scenario or routes from a template'
complete -c meshfn -n '__meshfn_at ""' -a lint -d 'Find mistakes in mesh YAML'
complete -c meshfn -n '__meshfn_at ""' -a render -d 'Show what mesh YAML does, or turn it into another form'
complete -c meshfn -n '__meshfn_at ""' -a route -d 'Ask where requests go, and check it'
complete -c meshfn -n '__meshfn_at ""' -a event -d 'List, make and convert sample events'
complete -c meshfn -n '__meshfn_at ""' -a invoke -d 'Run a function on an event, as the cloud would'
complete -c meshfn -n '__meshfn_at ""' -a simulate -d 'Simulate load balancing and failover from the deployed YAML'
complete -c meshfn -n '__meshfn_at ""' -a explain -d 'Explain a rule: what must hold, what breaks otherwise, how to mend it'
complete -c meshfn -n '__meshfn_at ""' -a list -d 'List what meshfn knows'
complete -c meshfn -n '__meshfn_at ""' -a schema -d 'Print the JSON Schema of one of meshfn\'s own files'
complete -c meshfn -n '__meshfn_at ""' -a doctor -d 'Show which runtimes and tools are found, and their versions'
complete -c meshfn -n '__meshfn_at ""' -a completion -d 'Print the completion script of a shell'
complete -c meshfn -n '__meshfn_at ""' -a help -d 'Show help for a command'
complete -c meshfn -n '__meshfn_at ""' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at ""' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at ""' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at ""' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at ""' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /new' -a function -d 'Make a function with tests, sample events, deployment files and routes'
complete -c meshfn -n '__meshfn_at /new' -a scenario -d 'Make a scenario for `meshfn simulate`'
complete -c meshfn -n '__meshfn_at /new' -a routes -d 'Make a routing intent for `meshfn render`'
complete -c meshfn -n '__meshfn_at /new' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /new' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /new' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /new' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /new' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /new/function' -a '(__fish_complete_directories)'
complete -c meshfn -n '__meshfn_at /new/function' -l cloud -x -a 'aws azure gcp' -d 'where it runs; several give one core with an adapter each'
complete -c meshfn -n '__meshfn_at /new/function' -s l -l lang -x -d 'what it is written in (`meshfn list templates`)'
complete -c meshfn -n '__meshfn_at /new/function' -s t -l trigger -x -a 'http schedule queue storage event stream' -d 'what calls it'
complete -c meshfn -n '__meshfn_at /new/function' -l mesh -x -a 'istio linkerd gateway-api none' -d 'whose routes to write for its HTTP front'
complete -c meshfn -n '__meshfn_at /new/function' -l with -x -a 'postgres redis queue object-store' -d 'data that all platforms share: client, settings, notes on consistency'
complete -c meshfn -n '__meshfn_at /new/function' -l template -x -a '(__fish_complete_directories)' -d 'a folder with template.yaml instead of the built-in one'
complete -c meshfn -n '__meshfn_at /new/function' -l set -x -d 'set a variable of the template'
complete -c meshfn -n '__meshfn_at /new/function' -l dry-run -d 'print the files, write nothing'
complete -c meshfn -n '__meshfn_at /new/function' -s f -l force -d 'replace files that differ'
complete -c meshfn -n '__meshfn_at /new/function' -l update -d 'merge what the template makes now into the project, with your changes kept'
complete -c meshfn -n '__meshfn_at /new/function' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /new/function' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /new/function' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /new/function' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /new/function' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /new/scenario' -a '(__fish_complete_directories)'
complete -c meshfn -n '__meshfn_at /new/scenario' -l template -x -a '(__fish_complete_directories)' -d 'a folder with template.yaml instead of the built-in one'
complete -c meshfn -n '__meshfn_at /new/scenario' -l set -x -d 'set a variable of the template'
complete -c meshfn -n '__meshfn_at /new/scenario' -l dry-run -d 'print the files, write nothing'
complete -c meshfn -n '__meshfn_at /new/scenario' -s f -l force -d 'replace files that differ'
complete -c meshfn -n '__meshfn_at /new/scenario' -l update -d 'merge what the template makes now into the project, with your changes kept'
complete -c meshfn -n '__meshfn_at /new/scenario' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /new/scenario' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /new/scenario' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /new/scenario' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /new/scenario' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /new/routes' -a '(__fish_complete_directories)'
complete -c meshfn -n '__meshfn_at /new/routes' -l template -x -a '(__fish_complete_directories)' -d 'a folder with template.yaml instead of the built-in one'
complete -c meshfn -n '__meshfn_at /new/routes' -l set -x -d 'set a variable of the template'
complete -c meshfn -n '__meshfn_at /new/routes' -l dry-run -d 'print the files, write nothing'
complete -c meshfn -n '__meshfn_at /new/routes' -s f -l force -d 'replace files that differ'
complete -c meshfn -n '__meshfn_at /new/routes' -l update -d 'merge what the template makes now into the project, with your changes kept'
complete -c meshfn -n '__meshfn_at /new/routes' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /new/routes' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /new/routes' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /new/routes' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /new/routes' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /lint' -F
complete -c meshfn -n '__meshfn_at /lint' -l exec -x -d 'check what this shell command prints, and fail when it fails'
complete -c meshfn -n '__meshfn_at /lint' -l exec-timeout -x -d 'how long a command of --exec may take (default: 1m)'
complete -c meshfn -n '__meshfn_at /lint' -l stdin-name -r -F -d 'what to call standard input in findings (default: <stdin>)'
complete -c meshfn -n '__meshfn_at /lint' -l exclude -x -d 'leave out these files; without a slash, by name anywhere'
complete -c meshfn -n '__meshfn_at /lint' -l context -r -F -d 'objects to resolve references against, without checking them'
complete -c meshfn -n '__meshfn_at /lint' -s n -l namespace -x -d 'namespace of documents that name none'
complete -c meshfn -n '__meshfn_at /lint' -l istio-namespace -x -d 'Istio\'s root namespace (default: istio-system)'
complete -c meshfn -n '__meshfn_at /lint' -l crd -r -F -d 'CustomResourceDefinitions to check objects against, instead of the built-in schemas'
complete -c meshfn -n '__meshfn_at /lint' -l channel -x -a 'standard experimental' -d 'Gateway API CRDs of the cluster (default: experimental)'
complete -c meshfn -n '__meshfn_at /lint' -l mesh-config -r -F -d 'Istio\'s MeshConfig'
complete -c meshfn -n '__meshfn_at /lint' -l mesh-networks -r -F -d 'Istio\'s MeshNetworks'
complete -c meshfn -n '__meshfn_at /lint' -l select -x -a 'MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0011 MF0021 MF0022 MF0023 MF0024 MF0101 MF0102 MF0103 MF0104 MF0105 MF0106 MF0107 MF0108 MF0109 MF0110 MF0111 MF0112 MF0113 MF0114 MF0115 MF0116 MF0117 MF0901 MF0902 MF0903 MF1101 MF1102 MF1103 MF1104 MF1105 MF1106 MF1107 MF1108 MF1109 MF1110 MF1111 MF1112 MF1113 MF1114 MF1115 MF1116 MF1117 MF1118 MF1119 MF1120 MF1121 MF1122 MF1123 MF1124 MF1125 MF1126 MF1127 MF1128 MF1129 MF1130 MF1131 MF1132 MF1133 MF1134 MF1135 MF1136 MF1137 MF1138 MF1139 MF1140 MF1141 MF1142 MF1143 MF1144 MF1145 MF1146 MF1147 MF1148 MF1149 MF1150 MF1151 MF1152 MF1153 MF1154 MF1155 MF1156 MF1160 MF1201 MF1202 MF1203 MF1204 MF1205 MF1206 MF1207 MF1208 MF1209 MF1210 MF1211 MF1212 MF1213 MF1214 MF1215 MF1216 MF1217 MF1218 MF1219 MF1220 MF1221 MF1222 MF1223 MF1224 MF1226 MF1231 MF1232 MF1233 MF1234 MF1235 MF1236 MF1301 MF1302 MF1303 MF1304 MF1305 MF1306 MF1311 MF1312 MF1313 MF1314 MF1315 MF1316 MF1317 MF1318 MF1319 MF1320 MF1321 MF1322 MF1323 MF1324 MF1325 MF1326 MF1331 MF1332 MF1333 MF1334 MF1401 MF1402 MF1403 MF1404 MF1405 MF1406 MF1407 MF1408 MF1411 MF1412 MF1413 MF1414 MF1415 MF1421 MF1422 MF1423 MF1424 MF1425 MF1426 MF1427 MF1501 MF1502 MF1503 MF1504 MF1505 MF1511 MF1512 MF1513 MF1514 MF1515 MF1516 MF1521 MF1522 MF1523 MF1524 MF1525 MF1601 MF1602 MF1603 MF1604 MF1605 MF1606 MF1611 MF1612 MF1613 MF1614 MF1621 MF1622 MF1623 MF1624 MF1625 MF1626 MF1627 MF1631 MF1632 MF1633 MF1634 MF1635 MF1641 MF1642 MF1643 MF1644 MF1651 MF1701 MF1702 MF1703 MF1704 MF1705 MF1706 MF1711 MF1712 MF1713 MF1721 MF1722 MF1723 MF1724 MF1725 MF1731 MF1732 MF1733 MF1734 MF1735 MF1741 MF1742 MF1743 MF1744 MF1751 MF1752 MF1753 MF1754 MF1761 MF1762 MF1801 MF1802 MF1803 MF1804 MF1811 MF1812 MF1813 MF1814 MF1815 MF1816 MF1817 MF1821 MF1822 MF1823 MF1824 MF1825 MF1826 MF1831 MF1841 MF2001 MF2002 MF2003 MF2004 MF2005 MF2011 MF2012 MF2013 MF2014 MF2015 MF2016 MF2017 MF2021 MF2022 MF2023 MF2031 MF2032 MF2033 MF2101 MF2102 MF2103 MF2104 MF2105 MF2111 MF2112 MF2113 MF2114 MF2115 MF2121 MF2122 MF2123 MF2201 MF2202 MF2203 MF2204 MF2205 MF2206 MF2211 MF2212 MF2221 MF2222 MF2223 MF2224 MF2301 MF2302 MF2303 MF2304 MF2305 MF2311 MF2312 MF2313 MF2314 MF2315 MF2316 MF2321 MF2322 MF2401 MF2402 MF2403 MF2404 MF2405 MF2501 MF2502 MF2503 MF2504 MF2505 MF2511 MF2512 MF2513 MF2514 MF2521 MF3001 MF3002 MF3003 MF3004 MF3005 MF3006 MF3007 MF3020 MF3021 MF3022 MF3023 MF3024 MF3025 MF3040 MF3041 MF3042 MF3050 MF3051 MF3052 MF3053 MF3054 MF3055 MF3056 MF3060 MF3061 MF3062 MF3101 MF3102 MF3103 MF3104 MF3105 MF3106 MF3120 MF3121 MF3122 MF3123 MF3124 MF3125 MF3130 MF3131 MF3140 MF3141 MF3142 MF3143 MF3160 MF3161 MF3162 MF3163 MF3201 MF3202 MF3203 MF3204 MF3205 MF3206 MF3207 MF3210 MF3211 MF3212 MF3213 MF3214 MF3220 MF3221 MF3222 MF3223 MF3224 MF3230 MF3231 MF3232 MF3240 MF3241 MF3242 MF3243 MF3244 MF3245 MF3260 MF3261 MF3262 MF3263 MF3270 MF3271 MF3272 MF3280 MF3281 MF3282 MF3283 MF3284 MF3285 MF3301 MF3302 MF3303 MF3304 MF3305 MF4001 MF4002 MF4003 MF4011 MF4012 MF4013 MF4021 MF5001 MF5002 MF5003 MF5004 MF5005 MF5006 MF5011 MF5012 MF5013 MF5014 MF5021 MF5022 MF5101 MF5102 MF5103 MF5104 MF5111 MF5112 MF5113 MF5121 MF5122 MF5123 MF5131 MF5132 MF5133 MF5201 MF5202 MF5203 MF5204 MF5205 MF5211 MF5212 MF5213 MF5301 MF5302 MF5303 MF5304 MF5311 MF5312 MF5313 MF5314 MF5315 MF5316 MF5321 MF5322 MF5323 MF5331 MF5332 MF5333 MF5334 MF5341 MF5342 MF5343 MF5344 MF5345 MF5346 MF5351 MF5352 MF5353 MF5361 MF5362 MF5363 MF5364 MF5401 MF5402 MF5403 MF5404 MF5405 MF5406 MF5411 MF5412 MF5413 MF5501 MF5502 MF5503 MF5504 MF5505 MF5511 MF5512 MF5513 MF5521 MF5522 MF5523 MF5524 MF5525 MF5531 MF5532 MF5533 MF5534 MF5535 MF5541 MF5542 MF5543 MF5544 MF5546 MF5551 MF5552 MF5553 MF5561 MF5562 MF5563 MF5564 MF5571 MF5572 MF5601 MF5602 MF5603 MF5604 MF5605 MF5606 MF5607 MF5611 MF5612 MF5613 MF5621 MF5622 MF5701 MF5702 MF5703 MF5704 MF5705 MF5706 MF5707 MF5711 MF5712 MF5713 MF5721 MF5722 MF5801 MF5802 MF5803 MF5804 MF5805 MF5901 MF5902' -d 'run only these: ids, names, groups or other tools\' codes, separated by commas'
complete -c meshfn -n '__meshfn_at /lint' -l ignore -x -a 'MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0011 MF0021 MF0022 MF0023 MF0024 MF0101 MF0102 MF0103 MF0104 MF0105 MF0106 MF0107 MF0108 MF0109 MF0110 MF0111 MF0112 MF0113 MF0114 MF0115 MF0116 MF0117 MF0901 MF0902 MF0903 MF1101 MF1102 MF1103 MF1104 MF1105 MF1106 MF1107 MF1108 MF1109 MF1110 MF1111 MF1112 MF1113 MF1114 MF1115 MF1116 MF1117 MF1118 MF1119 MF1120 MF1121 MF1122 MF1123 MF1124 MF1125 MF1126 MF1127 MF1128 MF1129 MF1130 MF1131 MF1132 MF1133 MF1134 MF1135 MF1136 MF1137 MF1138 MF1139 MF1140 MF1141 MF1142 MF1143 MF1144 MF1145 MF1146 MF1147 MF1148 MF1149 MF1150 MF1151 MF1152 MF1153 MF1154 MF1155 MF1156 MF1160 MF1201 MF1202 MF1203 MF1204 MF1205 MF1206 MF1207 MF1208 MF1209 MF1210 MF1211 MF1212 MF1213 MF1214 MF1215 MF1216 MF1217 MF1218 MF1219 MF1220 MF1221 MF1222 MF1223 MF1224 MF1226 MF1231 MF1232 MF1233 MF1234 MF1235 MF1236 MF1301 MF1302 MF1303 MF1304 MF1305 MF1306 MF1311 MF1312 MF1313 MF1314 MF1315 MF1316 MF1317 MF1318 MF1319 MF1320 MF1321 MF1322 MF1323 MF1324 MF1325 MF1326 MF1331 MF1332 MF1333 MF1334 MF1401 MF1402 MF1403 MF1404 MF1405 MF1406 MF1407 MF1408 MF1411 MF1412 MF1413 MF1414 MF1415 MF1421 MF1422 MF1423 MF1424 MF1425 MF1426 MF1427 MF1501 MF1502 MF1503 MF1504 MF1505 MF1511 MF1512 MF1513 MF1514 MF1515 MF1516 MF1521 MF1522 MF1523 MF1524 MF1525 MF1601 MF1602 MF1603 MF1604 MF1605 MF1606 MF1611 MF1612 MF1613 MF1614 MF1621 MF1622 MF1623 MF1624 MF1625 MF1626 MF1627 MF1631 MF1632 MF1633 MF1634 MF1635 MF1641 MF1642 MF1643 MF1644 MF1651 MF1701 MF1702 MF1703 MF1704 MF1705 MF1706 MF1711 MF1712 MF1713 MF1721 MF1722 MF1723 MF1724 MF1725 MF1731 MF1732 MF1733 MF1734 MF1735 MF1741 MF1742 MF1743 MF1744 MF1751 MF1752 MF1753 MF1754 MF1761 MF1762 MF1801 MF1802 MF1803 MF1804 MF1811 MF1812 MF1813 MF1814 MF1815 MF1816 MF1817 MF1821 MF1822 MF1823 MF1824 MF1825 MF1826 MF1831 MF1841 MF2001 MF2002 MF2003 MF2004 MF2005 MF2011 MF2012 MF2013 MF2014 MF2015 MF2016 MF2017 MF2021 MF2022 MF2023 MF2031 MF2032 MF2033 MF2101 MF2102 MF2103 MF2104 MF2105 MF2111 MF2112 MF2113 MF2114 MF2115 MF2121 MF2122 MF2123 MF2201 MF2202 MF2203 MF2204 MF2205 MF2206 MF2211 MF2212 MF2221 MF2222 MF2223 MF2224 MF2301 MF2302 MF2303 MF2304 MF2305 MF2311 MF2312 MF2313 MF2314 MF2315 MF2316 MF2321 MF2322 MF2401 MF2402 MF2403 MF2404 MF2405 MF2501 MF2502 MF2503 MF2504 MF2505 MF2511 MF2512 MF2513 MF2514 MF2521 MF3001 MF3002 MF3003 MF3004 MF3005 MF3006 MF3007 MF3020 MF3021 MF3022 MF3023 MF3024 MF3025 MF3040 MF3041 MF3042 MF3050 MF3051 MF3052 MF3053 MF3054 MF3055 MF3056 MF3060 MF3061 MF3062 MF3101 MF3102 MF3103 MF3104 MF3105 MF3106 MF3120 MF3121 MF3122 MF3123 MF3124 MF3125 MF3130 MF3131 MF3140 MF3141 MF3142 MF3143 MF3160 MF3161 MF3162 MF3163 MF3201 MF3202 MF3203 MF3204 MF3205 MF3206 MF3207 MF3210 MF3211 MF3212 MF3213 MF3214 MF3220 MF3221 MF3222 MF3223 MF3224 MF3230 MF3231 MF3232 MF3240 MF3241 MF3242 MF3243 MF3244 MF3245 MF3260 MF3261 MF3262 MF3263 MF3270 MF3271 MF3272 MF3280 MF3281 MF3282 MF3283 MF3284 MF3285 MF3301 MF3302 MF3303 MF3304 MF3305 MF4001 MF4002 MF4003 MF4011 MF4012 MF4013 MF4021 MF5001 MF5002 MF5003 MF5004 MF5005 MF5006 MF5011 MF5012 MF5013 MF5014 MF5021 MF5022 MF5101 MF5102 MF5103 MF5104 MF5111 MF5112 MF5113 MF5121 MF5122 MF5123 MF5131 MF5132 MF5133 MF5201 MF5202 MF5203 MF5204 MF5205 MF5211 MF5212 MF5213 MF5301 MF5302 MF5303 MF5304 MF5311 MF5312 MF5313 MF5314 MF5315 MF5316 MF5321 MF5322 MF5323 MF5331 MF5332 MF5333 MF5334 MF5341 MF5342 MF5343 MF5344 MF5345 MF5346 MF5351 MF5352 MF5353 MF5361 MF5362 MF5363 MF5364 MF5401 MF5402 MF5403 MF5404 MF5405 MF5406 MF5411 MF5412 MF5413 MF5501 MF5502 MF5503 MF5504 MF5505 MF5511 MF5512 MF5513 MF5521 MF5522 MF5523 MF5524 MF5525 MF5531 MF5532 MF5533 MF5534 MF5535 MF5541 MF5542 MF5543 MF5544 MF5546 MF5551 MF5552 MF5553 MF5561 MF5562 MF5563 MF5564 MF5571 MF5572 MF5601 MF5602 MF5603 MF5604 MF5605 MF5606 MF5607 MF5611 MF5612 MF5613 MF5621 MF5622 MF5701 MF5702 MF5703 MF5704 MF5705 MF5706 MF5707 MF5711 MF5712 MF5713 MF5721 MF5722 MF5801 MF5802 MF5803 MF5804 MF5805 MF5901 MF5902' -d 'do not run these'
complete -c meshfn -n '__meshfn_at /lint' -l severity -x -d 'report a rule as off, info, warning or error'
complete -c meshfn -n '__meshfn_at /lint' -l config -r -F -d 'the configuration (default: the nearest meshfn.yaml upwards)'
complete -c meshfn -n '__meshfn_at /lint' -l no-config -d 'read no configuration'
complete -c meshfn -n '__meshfn_at /lint' -l baseline -r -F -d 'silence the findings that this file has accepted'
complete -c meshfn -n '__meshfn_at /lint' -l update-baseline -d 'accept all present findings (default file: .meshfn-baseline.json)'
complete -c meshfn -n '__meshfn_at /lint' -l changed-since -x -d 'report only what touches lines changed since a git revision'
complete -c meshfn -n '__meshfn_at /lint' -l fix -d 'mend what can be mended safely'
complete -c meshfn -n '__meshfn_at /lint' -l diff -d 'show what `--fix` would change, and change nothing'
complete -c meshfn -n '__meshfn_at /lint' -l fail-on -x -a 'info warning error never' -d 'exit with 1 at findings of this severity or above (default: error)'
complete -c meshfn -n '__meshfn_at /lint' -l max-warnings -x -d 'exit with 1 at more warnings than this'
complete -c meshfn -n '__meshfn_at /lint' -l exit-zero -d 'exit with 0 whatever is found'
complete -c meshfn -n '__meshfn_at /lint' -s o -l output -x -a 'text line json jsonl sarif github gitlab junit checkstyle tap rdjson markdown' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /lint' -l show-suppressed -d 'list silenced findings too'
complete -c meshfn -n '__meshfn_at /lint' -s j -l jobs -x -d 'threads (default: as many as the input is worth)'
complete -c meshfn -n '__meshfn_at /lint' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /lint' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /lint' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /lint' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /lint' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /render' -F
complete -c meshfn -n '__meshfn_at /render' -l to -x -a 'table json mermaid dot yaml istio' -d 'what to make'
complete -c meshfn -n '__meshfn_at /render' -l out-dir -x -a '(__fish_complete_directories)' -d 'write files there instead of printing, and list them'
complete -c meshfn -n '__meshfn_at /render' -l defaults -d 'write out what the mesh would assume (yaml and istio)'
complete -c meshfn -n '__meshfn_at /render' -l strict -d 'fail when something of the input is lost'
complete -c meshfn -n '__meshfn_at /render' -l namespace -x -d 'namespace of documents that name none'
complete -c meshfn -n '__meshfn_at /render' -l from -x -d 'show the mesh as sidecars of this namespace see it'
complete -c meshfn -n '__meshfn_at /render' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /render' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /render' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /render' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /render' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /route' -a explain -d 'Say where a request goes, and why'
complete -c meshfn -n '__meshfn_at /route' -a test -d 'Check expectations about routing'
complete -c meshfn -n '__meshfn_at /route' -a diff -d 'Find requests that a change of routing treats differently'
complete -c meshfn -n '__meshfn_at /route' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /route' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /route' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /route' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /route' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /route/explain' -l mesh -r -F -d 'YAML to look at; the directory here by default, - for standard input'
complete -c meshfn -n '__meshfn_at /route/explain' -l namespace -x -d 'namespace of documents that name none'
complete -c meshfn -n '__meshfn_at /route/explain' -l host -x -d 'host, with a port if sent'
complete -c meshfn -n '__meshfn_at /route/explain' -l path -x -d 'path, with a query if sent'
complete -c meshfn -n '__meshfn_at /route/explain' -l method -x -d 'GET when not given'
complete -c meshfn -n '__meshfn_at /route/explain' -s H -l header -x -d 'a header'
complete -c meshfn -n '__meshfn_at /route/explain' -l query -x -d 'a query parameter'
complete -c meshfn -n '__meshfn_at /route/explain' -l port -x -d 'port of the listener'
complete -c meshfn -n '__meshfn_at /route/explain' -l gateway -x -d 'gateway it comes in by; a sidecar otherwise'
complete -c meshfn -n '__meshfn_at /route/explain' -l from -x -d 'namespace of the caller'
complete -c meshfn -n '__meshfn_at /route/explain' -l from-label -x -d 'label of the caller'
complete -c meshfn -n '__meshfn_at /route/explain' -s o -l output -x -a 'text json' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /route/explain' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /route/explain' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /route/explain' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /route/explain' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /route/explain' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /route/test' -F
complete -c meshfn -n '__meshfn_at /route/test' -l mesh -r -F -d 'YAML to test; the tests\' own `mesh`, or their directory, otherwise'
complete -c meshfn -n '__meshfn_at /route/test' -l namespace -x -d 'namespace of documents that name none'
complete -c meshfn -n '__meshfn_at /route/test' -l fail-under -x -d 'fail when the tests go through fewer of the rules'
complete -c meshfn -n '__meshfn_at /route/test' -s o -l output -x -a 'text json tap junit' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /route/test' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /route/test' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /route/test' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /route/test' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /route/test' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /route/diff' -F
complete -c meshfn -n '__meshfn_at /route/diff' -F
complete -c meshfn -n '__meshfn_at /route/diff' -l requests -r -F -d 'requests to compare by, one a line: URL, curl command or JSON; made up otherwise'
complete -c meshfn -n '__meshfn_at /route/diff' -l namespace -x -d 'namespace of documents that name none'
complete -c meshfn -n '__meshfn_at /route/diff' -s o -l output -x -a 'text json' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /route/diff' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /route/diff' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /route/diff' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /route/diff' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /route/diff' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /event' -a list -d 'List the sources of sample events'
complete -c meshfn -n '__meshfn_at /event' -a make -d 'Print a sample event'
complete -c meshfn -n '__meshfn_at /event' -a convert -d 'Convert between Google\'s legacy events and CloudEvents'
complete -c meshfn -n '__meshfn_at /event' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /event' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /event' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /event' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /event' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /event/list' -l cloud -x -a 'aws azure gcp' -d 'only the events of one cloud'
complete -c meshfn -n '__meshfn_at /event/list' -s o -l output -x -a 'text json' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /event/list' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /event/list' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /event/list' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /event/list' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /event/list' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /event/make' -l set -x -d 'set a parameter of the source or a place in the event'
complete -c meshfn -n '__meshfn_at /event/make' -l body -x -d 'payload: JSON or text, @FILE, or - for stdin'
complete -c meshfn -n '__meshfn_at /event/make' -s n -l records -x -d 'number of records'
complete -c meshfn -n '__meshfn_at /event/make' -l poison -x -d 'give this record (from 0) an unreadable body'
complete -c meshfn -n '__meshfn_at /event/make' -l seed -x -d 'seed of ids'
complete -c meshfn -n '__meshfn_at /event/make' -l now -x -d 'when it happens'
complete -c meshfn -n '__meshfn_at /event/make' -l compact -d 'print one line'
complete -c meshfn -n '__meshfn_at /event/make' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /event/make' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /event/make' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /event/make' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /event/make' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /event/convert' -F
complete -c meshfn -n '__meshfn_at /event/convert' -l to -x -a 'cloudevent legacy' -d 'what to make; by default the one that the event is not'
complete -c meshfn -n '__meshfn_at /event/convert' -l topic -x -d 'projects/P/topics/T of a Pub/Sub push'
complete -c meshfn -n '__meshfn_at /event/convert' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /event/convert' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /event/convert' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /event/convert' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /event/convert' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /invoke' -a '(__fish_complete_directories)'
complete -c meshfn -n '__meshfn_at /invoke' -s e -l event -r -F -d 'JSON event; `-` is standard input; {} when not given'
complete -c meshfn -n '__meshfn_at /invoke' -l sample -x -d 'a built-in event instead, see `meshfn event list`'
complete -c meshfn -n '__meshfn_at /invoke' -l template -r -F -d 'SAM or CloudFormation template, instead of ./template.yaml'
complete -c meshfn -n '__meshfn_at /invoke' -l handler -x -d 'handler, such as app.handler'
complete -c meshfn -n '__meshfn_at /invoke' -l runtime -x -d 'runtime, such as python3.13'
complete -c meshfn -n '__meshfn_at /invoke' -l timeout -x -d 'limit of one invocation, such as 3s'
complete -c meshfn -n '__meshfn_at /invoke' -l memory -x -d 'memory limit, 128 to 10240'
complete -c meshfn -n '__meshfn_at /invoke' -l env -x -d 'environment variable; NAME alone passes on yours'
complete -c meshfn -n '__meshfn_at /invoke' -l env-file -r -F -d 'environment variables, as NAME=VALUE lines or JSON'
complete -c meshfn -n '__meshfn_at /invoke' -l region -x -d 'AWS region that the function sees'
complete -c meshfn -n '__meshfn_at /invoke' -l remote -x -d 'post the event to a deployed function instead; AZURE_FUNCTION_KEY and GOOGLE_ID_TOKEN are taken from the environment'
complete -c meshfn -n '__meshfn_at /invoke' -l repeat -x -d 'invoke N times, warm after the first'
complete -c meshfn -n '__meshfn_at /invoke' -s o -l output -x -a 'text json' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /invoke' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /invoke' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /invoke' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /invoke' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /invoke' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /simulate' -F
complete -c meshfn -n '__meshfn_at /simulate' -l mesh -r -F -d 'mesh and Kubernetes YAML, a file or a directory, besides what the scenario names'
complete -c meshfn -n '__meshfn_at /simulate' -l namespace -x -d 'namespace of objects and services that name none'
complete -c meshfn -n '__meshfn_at /simulate' -l fail -x -d 'a further fault: TARGET[:EFFECT]@START+LENGTH, as in zone=eu-west-1/a@60s+30s'
complete -c meshfn -n '__meshfn_at /simulate' -l load -x -d 'that much of the scenario\'s load: 1.5x or 150%'
complete -c meshfn -n '__meshfn_at /simulate' -l set -x -d 'change a value of the scenario or the mesh, as in load[0].clients=8 or DestinationRule/reviews.spec.host=reviews.b'
complete -c meshfn -n '__meshfn_at /simulate' -l sweep -x -a 'each-zone each-endpoint each-service pairs' -d 'lose one thing after the other, and say what is survived'
complete -c meshfn -n '__meshfn_at /simulate' -l load-range -x -d 'with --sweep, also find the load up to which each loss is survived: 20%..200%'
complete -c meshfn -n '__meshfn_at /simulate' -l compare -d 'two scenarios, or a scenario and two meshes: what changed'
complete -c meshfn -n '__meshfn_at /simulate' -l expect -x -d 'a further expectation, as in \'p99 < 250ms\''
complete -c meshfn -n '__meshfn_at /simulate' -l seed -x -d 'seed instead of the scenario\'s'
complete -c meshfn -n '__meshfn_at /simulate' -l replications -x -d 'run with N seeds: results together, 95 % confidence intervals'
complete -c meshfn -n '__meshfn_at /simulate' -s o -l output -x -a 'text json csv markdown junit openmetrics hgrm' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /simulate' -l timing -d 'also say how long the run took'
complete -c meshfn -n '__meshfn_at /simulate' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /simulate' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /simulate' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /simulate' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /simulate' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /explain' -a 'MF0001 MF0002 MF0003 MF0004 MF0005 MF0006 MF0007 MF0008 MF0009 MF0010 MF0011 MF0021 MF0022 MF0023 MF0024 MF0101 MF0102 MF0103 MF0104 MF0105 MF0106 MF0107 MF0108 MF0109 MF0110 MF0111 MF0112 MF0113 MF0114 MF0115 MF0116 MF0117 MF0901 MF0902 MF0903 MF1101 MF1102 MF1103 MF1104 MF1105 MF1106 MF1107 MF1108 MF1109 MF1110 MF1111 MF1112 MF1113 MF1114 MF1115 MF1116 MF1117 MF1118 MF1119 MF1120 MF1121 MF1122 MF1123 MF1124 MF1125 MF1126 MF1127 MF1128 MF1129 MF1130 MF1131 MF1132 MF1133 MF1134 MF1135 MF1136 MF1137 MF1138 MF1139 MF1140 MF1141 MF1142 MF1143 MF1144 MF1145 MF1146 MF1147 MF1148 MF1149 MF1150 MF1151 MF1152 MF1153 MF1154 MF1155 MF1156 MF1160 MF1201 MF1202 MF1203 MF1204 MF1205 MF1206 MF1207 MF1208 MF1209 MF1210 MF1211 MF1212 MF1213 MF1214 MF1215 MF1216 MF1217 MF1218 MF1219 MF1220 MF1221 MF1222 MF1223 MF1224 MF1226 MF1231 MF1232 MF1233 MF1234 MF1235 MF1236 MF1301 MF1302 MF1303 MF1304 MF1305 MF1306 MF1311 MF1312 MF1313 MF1314 MF1315 MF1316 MF1317 MF1318 MF1319 MF1320 MF1321 MF1322 MF1323 MF1324 MF1325 MF1326 MF1331 MF1332 MF1333 MF1334 MF1401 MF1402 MF1403 MF1404 MF1405 MF1406 MF1407 MF1408 MF1411 MF1412 MF1413 MF1414 MF1415 MF1421 MF1422 MF1423 MF1424 MF1425 MF1426 MF1427 MF1501 MF1502 MF1503 MF1504 MF1505 MF1511 MF1512 MF1513 MF1514 MF1515 MF1516 MF1521 MF1522 MF1523 MF1524 MF1525 MF1601 MF1602 MF1603 MF1604 MF1605 MF1606 MF1611 MF1612 MF1613 MF1614 MF1621 MF1622 MF1623 MF1624 MF1625 MF1626 MF1627 MF1631 MF1632 MF1633 MF1634 MF1635 MF1641 MF1642 MF1643 MF1644 MF1651 MF1701 MF1702 MF1703 MF1704 MF1705 MF1706 MF1711 MF1712 MF1713 MF1721 MF1722 MF1723 MF1724 MF1725 MF1731 MF1732 MF1733 MF1734 MF1735 MF1741 MF1742 MF1743 MF1744 MF1751 MF1752 MF1753 MF1754 MF1761 MF1762 MF1801 MF1802 MF1803 MF1804 MF1811 MF1812 MF1813 MF1814 MF1815 MF1816 MF1817 MF1821 MF1822 MF1823 MF1824 MF1825 MF1826 MF1831 MF1841 MF2001 MF2002 MF2003 MF2004 MF2005 MF2011 MF2012 MF2013 MF2014 MF2015 MF2016 MF2017 MF2021 MF2022 MF2023 MF2031 MF2032 MF2033 MF2101 MF2102 MF2103 MF2104 MF2105 MF2111 MF2112 MF2113 MF2114 MF2115 MF2121 MF2122 MF2123 MF2201 MF2202 MF2203 MF2204 MF2205 MF2206 MF2211 MF2212 MF2221 MF2222 MF2223 MF2224 MF2301 MF2302 MF2303 MF2304 MF2305 MF2311 MF2312 MF2313 MF2314 MF2315 MF2316 MF2321 MF2322 MF2401 MF2402 MF2403 MF2404 MF2405 MF2501 MF2502 MF2503 MF2504 MF2505 MF2511 MF2512 MF2513 MF2514 MF2521 MF3001 MF3002 MF3003 MF3004 MF3005 MF3006 MF3007 MF3020 MF3021 MF3022 MF3023 MF3024 MF3025 MF3040 MF3041 MF3042 MF3050 MF3051 MF3052 MF3053 MF3054 MF3055 MF3056 MF3060 MF3061 MF3062 MF3101 MF3102 MF3103 MF3104 MF3105 MF3106 MF3120 MF3121 MF3122 MF3123 MF3124 MF3125 MF3130 MF3131 MF3140 MF3141 MF3142 MF3143 MF3160 MF3161 MF3162 MF3163 MF3201 MF3202 MF3203 MF3204 MF3205 MF3206 MF3207 MF3210 MF3211 MF3212 MF3213 MF3214 MF3220 MF3221 MF3222 MF3223 MF3224 MF3230 MF3231 MF3232 MF3240 MF3241 MF3242 MF3243 MF3244 MF3245 MF3260 MF3261 MF3262 MF3263 MF3270 MF3271 MF3272 MF3280 MF3281 MF3282 MF3283 MF3284 MF3285 MF3301 MF3302 MF3303 MF3304 MF3305 MF4001 MF4002 MF4003 MF4011 MF4012 MF4013 MF4021 MF5001 MF5002 MF5003 MF5004 MF5005 MF5006 MF5011 MF5012 MF5013 MF5014 MF5021 MF5022 MF5101 MF5102 MF5103 MF5104 MF5111 MF5112 MF5113 MF5121 MF5122 MF5123 MF5131 MF5132 MF5133 MF5201 MF5202 MF5203 MF5204 MF5205 MF5211 MF5212 MF5213 MF5301 MF5302 MF5303 MF5304 MF5311 MF5312 MF5313 MF5314 MF5315 MF5316 MF5321 MF5322 MF5323 MF5331 MF5332 MF5333 MF5334 MF5341 MF5342 MF5343 MF5344 MF5345 MF5346 MF5351 MF5352 MF5353 MF5361 MF5362 MF5363 MF5364 MF5401 MF5402 MF5403 MF5404 MF5405 MF5406 MF5411 MF5412 MF5413 MF5501 MF5502 MF5503 MF5504 MF5505 MF5511 MF5512 MF5513 MF5521 MF5522 MF5523 MF5524 MF5525 MF5531 MF5532 MF5533 MF5534 MF5535 MF5541 MF5542 MF5543 MF5544 MF5546 MF5551 MF5552 MF5553 MF5561 MF5562 MF5563 MF5564 MF5571 MF5572 MF5601 MF5602 MF5603 MF5604 MF5605 MF5606 MF5607 MF5611 MF5612 MF5613 MF5621 MF5622 MF5701 MF5702 MF5703 MF5704 MF5705 MF5706 MF5707 MF5711 MF5712 MF5713 MF5721 MF5722 MF5801 MF5802 MF5803 MF5804 MF5805 MF5901 MF5902' -d 'RULE'
complete -c meshfn -n '__meshfn_at /explain' -s o -l output -x -a 'text json markdown' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /explain' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /explain' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /explain' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /explain' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /explain' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /list' -a 'rules kinds policies samples templates formats settings' -d 'WHAT'
complete -c meshfn -n '__meshfn_at /list' -l group -x -d 'rules of this group only'
complete -c meshfn -n '__meshfn_at /list' -l severity -x -a 'error warning info' -d 'rules of this severity only'
complete -c meshfn -n '__meshfn_at /list' -s o -l output -x -a 'text json markdown' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /list' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /list' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /list' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /list' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /list' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /schema' -a 'config scenario' -d 'NAME'
complete -c meshfn -n '__meshfn_at /schema' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /schema' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /schema' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /schema' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /schema' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /doctor' -s o -l output -x -a 'text json' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /doctor' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /doctor' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /doctor' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /doctor' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /doctor' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /completion' -a 'bash zsh fish' -d 'SHELL'
complete -c meshfn -n '__meshfn_at /completion' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /completion' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /completion' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /completion' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /completion' -s V -l version -d 'show the version'
complete -c meshfn -n '__meshfn_at /help' -s o -l output -x -a 'text man' -d 'how to print the result, and where to'
complete -c meshfn -n '__meshfn_at /help' -l color -x -a 'auto always never' -d 'colour the output'
complete -c meshfn -n '__meshfn_at /help' -s q -l quiet -d 'print no summary'
complete -c meshfn -n '__meshfn_at /help' -s v -l verbose -d 'say which files and settings are used'
complete -c meshfn -n '__meshfn_at /help' -s h -l help -d 'show help'
complete -c meshfn -n '__meshfn_at /help' -s V -l version -d 'show the version'
