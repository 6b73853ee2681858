var payload_details =  {"tweets": 1936, "created_at": "2012-06-26 19:00:00 +0000", "lang": "en"}
